import t from 'tap'
import { calledAs, withCalledName } from '../../src/cli/called-as.ts'

/** Of a checkout. */
const from = (directory: string, launcher = '/home/ann/links/tracker-links') =>
  calledAs({ script: '/home/ann/links/bin/tracker-links.js', path, directory }, launcher)
/** Of a published package. */
const installed = (script: string) => calledAs({ script, path, directory: '/home/ann/shop' }, null)
const path = '/usr/local/bin:/usr/bin:/home/ann/shop/node_modules/.bin'

t.test('in a checkout it is the launcher, as it is typed in this folder', async t => {
  t.equal(from('/home/ann/links'), './tracker-links')
  t.equal(from('/home/ann'), './links/tracker-links')
  t.equal(from('/etc'), '/home/ann/links/tracker-links')
  t.equal(from('/etc', "/home/ann's links/tracker-links"), "'/home/ann'\\''s links/tracker-links'")
})

t.test('installed, it is what finds the same package again', async t => {
  t.equal(installed('/usr/local/bin/tracker-links'), 'tracker-links', 'for all, or in the image')
  t.equal(installed('/home/ann/shop/node_modules/.bin/tracker-links'), 'npx tracker-link-server', 'in a folder')
  const fetched = '/home/ann/.npm/_npx/1f/node_modules/.bin/tracker-link-server'
  t.equal(installed(fetched), 'npx tracker-link-server', 'fetched by npx')
  const file = '/home/ann/shop/node_modules/tracker-link-server/bin/tracker-links.js'
  t.equal(installed(file), './node_modules/tracker-link-server/bin/tracker-links.js', 'the file itself')
})

t.test('a text names commands as they are typed here, and nothing else is changed', async t => {
  t.equal(
    withCalledName(
      'Run `tracker-links migrate`, or `tracker-links`; see `tracker-links.yaml`, tracker-links.',
      './x$&',
    ),
    'Run `./x$& migrate`, or `./x$&`; see `tracker-links.yaml`, tracker-links.',
  )
})
