// Writes sbom.json, the software bill of materials (CycloneDX 1.6) of what is installed with the package; `npm pack` runs it. The list
// is npm's own, from package-lock.json: what was locked and not what happens to be installed on this machine, the same each time.
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))
const read = name => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
const { name, version } = read('package.json')
const options = ['--sbom-format', 'cyclonedx', '--package-lock-only', '--omit', 'dev']
const made = JSON.parse(execFileSync('npm', ['sbom', ...options], { cwd: folder, encoding: 'utf8' }))

// scripts/trim-packages.js takes it out of the viewer that is packed.
const isPacked = ref => !ref.startsWith('@scarf/scarf@')
// Spellings that are no SPDX ids, and what they are.
const spellings = { 'BSD-0-Clause': '0BSD' }
const locked = Object.entries(read('package-lock.json').packages)

/** npm leaves out a licence that is no SPDX id. */
function licencesOf(component) {
  if (component.licenses !== undefined) return component.licenses
  const [, { license } = {}] =
    locked.find(
      ([path, entry]) => path.endsWith(`node_modules/${component.name}`) && entry.version === component.version,
    ) ?? []
  return [{ license: { id: spellings[license] ?? license } }]
}

const components = made.components
  .filter(component => isPacked(component['bom-ref']))
  .map(component => ({ ...component, licenses: licencesOf(component) }))
const dependencies = made.dependencies
  .filter(({ ref }) => isPacked(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isPacked) }))
const { tools, component } = made.metadata
const content = { components, dependencies }
const digest = hash('sha256', `${name}@${version} ${JSON.stringify(content)}`)
// A version 8 UUID (RFC 9562): of the contents, so that the same package has the same number.
const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`
const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${id}`,
  version: 1,
  metadata: {
    lifecycles: [{ phase: 'build' }],
    tools: { components: tools.map(({ vendor, ...tool }) => ({ type: 'application', group: vendor, ...tool })) },
    // npm takes the name of the folder.
    component: { ...component, type: 'application', name },
  },
  ...content,
}
writeFileSync(`${folder}/sbom.json`, `${JSON.stringify(bom, undefined, 2)}\n`)
