// Writes sbom.json, the software bill of materials (CycloneDX 1.6) of what is installed with the package; `npm pack` runs it. It is made
// of package-lock.json alone: what was locked and not what happens to be installed here, the same each time. `npm sbom` is not
// used: with --omit=dev it leaves out each package that a development tool needs, too (npm 11: ajv, yaml and 24 more).
import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('..', import.meta.url)
const read = name => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const { name, version, description, license } = read('package.json')
const { packages } = read('package-lock.json')

// scripts/trim-packages.js takes it out of the viewer that is packed.
const left = ['@scarf/scarf']
// A spelling that is no SPDX id, and what it is.
const spellings = { 'BSD-0-Clause': '0BSD' }

const nameOf = path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
const refOf = path => (path === '' ? `${name}@${version}` : `${nameOf(path)}@${packages[path].version}`)
const purlOf = ref => `pkg:npm/${ref.replace(/^@/, '%40')}`

/** Where a package is found from the folder of another one, as Node looks for it: there, then upwards. */
function find(from, wanted) {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('node_modules/'), 0)).replace(/\/$/, '')) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${wanted}`
    if (path in packages) return path
    if (at === '') return undefined
  }
}

/** The packages that another one needs; of peers those that it cannot do without. */
function needsOf(path) {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = packages[path]
  const peers = Object.keys(peerDependencies).filter(peer => !peerDependenciesMeta[peer]?.optional)
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
    .filter(one => !left.includes(one))
    .map(one => find(path, one))
    .filter(found => found !== undefined)
}

const needs = new Map()
for (const waiting = ['']; waiting.length > 0; ) {
  const path = waiting.pop()
  if (needs.has(path)) continue
  needs.set(path, needsOf(path))
  waiting.push(...needs.get(path))
}

function component(path) {
  const { integrity, license, optional } = packages[path]
  const ref = refOf(path)
  return {
    'bom-ref': ref,
    type: 'library',
    name: nameOf(path),
    version: packages[path].version,
    scope: optional ? 'optional' : 'required',
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
    licenses: [{ license: { id: spellings[license] ?? license } }],
    purl: purlOf(ref),
  }
}

const byName = (one, other) => (one < other ? -1 : 1)
/** One entry for each ref: the same version may be installed in two places. */
const once = entries => [...new Map(entries).entries()].toSorted(([a], [b]) => byName(a, b)).map(([, entry]) => entry)
const paths = [...needs.keys()]
const content = {
  components: once(paths.filter(path => path !== '').map(path => [refOf(path), component(path)])),
  dependencies: once(
    paths.map(path => [
      refOf(path),
      { ref: refOf(path), dependsOn: [...new Set(needs.get(path).map(refOf))].toSorted(byName) },
    ]),
  ),
}
const digest = hash('sha256', `${name}@${version} ${JSON.stringify(content)}`)
// A version 8 UUID (RFC 9562), of the contents.
const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`
const ref = refOf('')
const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${id}`,
  version: 1,
  metadata: {
    lifecycles: [{ phase: 'build' }],
    component: {
      'bom-ref': ref,
      type: 'application',
      name,
      version,
      description,
      licenses: [{ license: { id: license } }],
      purl: purlOf(ref),
    },
  },
  ...content,
}
writeFileSync(new URL('sbom.json', folder), `${JSON.stringify(bom, undefined, 2)}\n`)
