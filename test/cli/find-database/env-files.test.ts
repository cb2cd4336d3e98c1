// Variables from files, by the commands themselves.
import t from 'tap'
import { testDatabase } from '../../support/test-database.ts'
import { commandHere, commandIn, crmConfig, twoFolders } from './command-in.ts'

const run = await commandIn()
const token = 'canary-Hq7wX2mK9vT4bN8sW3yF6hJ1uP5g'

t.test('the .env beside the configuration fills its variables and the settings, from any folder', async t => {
  const { url, name } = await testDatabase(t)
  const { here, there } = twoFolders(t, {
    there: { 'tracker-links.yaml': crmConfig, '.env': `CRM_TOKEN=${token}\nDATABASE_URL=${url}\nADMIN_PORT=1\n` },
  })
  t.match(await commandHere(there, ['config', 'check']), { code: 0, out: /is right: crm\n/ })
  const listed = await run(here, ['links', 'list', '--config', '../there/tracker-links.yaml'])
  t.match(listed, { code: 0, out: 'crm has no such links', database: `/${name}` })
  t.notMatch(listed.told + listed.out, token)
  t.match(await commandHere(here, ['config', 'check', '--config', '../there/tracker-links.yaml']), { code: 0 })
  t.match(await commandHere(there, ['links', 'list'], { DATABASE_URL: '' }), {
    code: 2,
    told: 'There is no database in',
  })
  t.match(await commandHere(here, ['health', '--config', '../there/tracker-links.yaml'], { ADMIN_PORT: '7' }), {
    out: 'not running (http://127.0.0.1:7/',
  })
})

t.test("a unit's file is named with --env-file, and a wrong name is refused", async t => {
  const { url, name } = await testDatabase(t)
  const { here } = twoFolders(t, {
    here: {
      'unit.env': `TRACKER_LINKS_CONFIG=crm.yaml\nCRM_TOKEN="${token}"\nDATABASE_URL=${url}\n`,
      'crm.yaml': crmConfig,
    },
  })
  const listed = await run(here, ['links', 'list', '--json', '--env-file', 'unit.env'])
  t.match(listed, { code: 0, database: `/${name}` })
  t.match(JSON.parse(listed.out), { application: 'crm', links: [] })
  t.match(await run(here, ['links', 'list', '--env-file', 'gone.env']), {
    code: 2,
    out: '',
    told: /^--env-file\n {2}The file gone\.env does not exist\./,
  })
})

t.test('a missing variable is still told by its name', async t => {
  const { here } = twoFolders(t, { here: { 'tracker-links.yaml': crmConfig, '.env': 'OTHER=1\n' } })
  t.match(await commandHere(here, ['config', 'check']), {
    code: 2,
    told: 'The environment variable CRM_TOKEN is not set',
  })
})
