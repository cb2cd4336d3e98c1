import { readFileSync, writeFileSync } from 'node:fs'
import { configSchema } from '../src/config/schema.ts'
import { settingsSchema } from '../src/config/settings.ts'

/**
 * Makes tracker-links.schema.json, and the tables between the markers of docs/configuration.md, from the schemas. After a change
 * of a schema run: node scripts/generate-config-docs.ts, then npm run format:write
 */

type Schema = {
  type?: string
  description?: string
  default?: unknown
  const?: string
  enum?: readonly string[]
  required?: readonly string[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  items?: Schema
  oneOf?: readonly Schema[]
  discriminator?: { propertyName: string }
}

/** The generated files, by their paths from the top folder. */
export function generateConfigDocs(): Record<string, string> {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const tables = { settings: settingsTable(), keys: keyTables(configSchema, '', new Map()).join('\n\n') }
  return {
    'tracker-links.schema.json': `${JSON.stringify(editorSchema(), null, 2)}\n`,
    'docs/configuration.md': Object.entries(tables).reduce((text, [name, table]) => between(text, name, table), page),
  }
}

function between(page: string, name: string, table: string): string {
  const start = `<!-- made from the schema: ${name} -->`
  const end = `<!-- end of ${name} -->`
  const [before, rest] = page.split(start)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/configuration.md lacks the markers of ${name}`)
  return `${before}${start}\n\n${table}\n\n${end}${after}`
}

function settingsTable(): string {
  const rows = Object.entries(settingsSchema.properties as Record<string, Schema>).map(([name, schema]) => [
    `\`${name}\``,
    typeName(schema),
    schema.default === undefined ? 'not set' : code(schema.default),
    schema.description ?? '',
  ])
  return table(['Variable', 'Type', 'Default', 'Meaning'], rows)
}

/**
 * A table for a block of keys, and one for each block below it. `at` is the block's own place: `applications[].endpoints`. A block
 * that stands in several branches has its table at the first; the others link to it.
 */
function keyTables(schema: Schema, at: string, told: Map<string, string>): string[] {
  if (schema.items) return keyTables(schema.items, `${at}[]`, told)
  if (schema.oneOf) return schema.oneOf.flatMap(branch => keyTables(branch, placeOfBranch(at, schema, branch), told))
  const [named] = Object.values(schema.patternProperties ?? {})
  if (named) return keyTables(named, `${at}.NAME`, told)
  const heading = at === '' ? '### The file' : `### \`${at}\``
  if (!schema.properties) return []
  const same = JSON.stringify(schema.properties)
  if (told.has(heading) && told.get(heading) !== same) throw new Error(`two tables would be called ${heading}`)
  if (told.has(heading)) return []
  told.set(heading, same)
  const placeOf = (name: string) => (at === '' ? name : `${at.replace(/`, `.*/, '')}.${name}`)
  const rows = Object.entries(schema.properties).map(([name, inside]) => [
    `\`${name}\``,
    typeName(inside, placeOf(name)),
    schema.required?.includes(name) ? 'required' : inside.default === undefined ? 'optional' : code(inside.default),
    inside.description ?? '',
  ])
  const below = Object.entries(schema.properties).flatMap(([name, inside]) => keyTables(inside, placeOf(name), told))
  return [`${heading}\n\n${table(['Key', 'Type', 'Default', 'Meaning'], rows)}`, ...below]
}

function branchName(union: Schema, branch: Schema): string {
  const tag = union.discriminator?.propertyName ?? ''
  return `${tag}: ${branch.properties?.[tag]?.const}`
}

const placeOfBranch = (at: string, union: Schema, branch: Schema) => `${at}\`, \`${branchName(union, branch)}`

/** A link to the table of a place: the anchor that is made of its heading. */
const linkTo = (place: string, text: string) =>
  `[${text}](#${place
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')})`

/** The type of a key, with links to the tables of blocks; `place` is that of the key. */
function typeName(schema: Schema, place = ''): string {
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum) return schema.enum.map(code).join(', ')
  if (schema.oneOf) {
    const links = schema.oneOf.map(branch =>
      linkTo(placeOfBranch(place, schema, branch), code(branchName(schema, branch))),
    )
    return `block; ${links.join(', ')}`
  }
  if (schema.type === 'array')
    return schema.items?.properties ? `list of ${linkTo(`${place}[]`, 'blocks')}` : 'list of texts'
  const [named] = Object.values(schema.patternProperties ?? {})
  if (named)
    return `${named.properties || named.oneOf ? linkTo(`${place}.NAME`, 'blocks') : 'texts'}, each under a name`
  if (schema.properties) return linkTo(place, 'block')
  return (
    { string: 'text', integer: 'whole number', boolean: '`true`, `false`', object: 'block' }[schema.type ?? ''] ?? ''
  )
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n')

const escapeCell = (text: string) => text.replaceAll('|', '\\|')

function editorSchema() {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:tracker-link-server:config',
    title: 'Configuration of tracker-link-server (tracker-links.yaml)',
    ...(forEditors(configSchema) as object),
  }
}

/** Leaves out what only our own checks read, and lets a variable such as `${NAME}` stand for any text that has a pattern. */
function forEditors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forEditors)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).filter(([name]) => !['discriminator', 'format', 'hint'].includes(name))
  return Object.fromEntries(
    entries.map(([name, value]) => (name === 'pattern' ? [name, `(?:${value})|\\$\\{`] : [name, forEditors(value)])),
  )
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generateConfigDocs())) {
    writeFileSync(new URL(`../${name}`, import.meta.url), text)
  }
}
