import type { Path, PathFault } from './config-faults.ts'
import { nearestName } from './nearest-name.ts'
import { isPlainName } from './plain-name.ts'

/** The parts of a schema that messages use. */
type SchemaNotes = {
  description?: string
  patternErrorMessage?: string
  examples?: (string | number)[]
  hint?: string
  properties?: Record<string, SchemaNotes>
  patternProperties?: Record<string, SchemaNotes>
  items?: SchemaNotes
  enum?: string[]
  oneOf?: { properties?: Record<string, { const?: string }> }[]
}

/** The part of Ajv's error that is read here. */
export type SchemaError = {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  parentSchema?: SchemaNotes
  data?: unknown
}

type Words = Omit<PathFault, 'path'>

/** The keys that a block may have. */
export const knownKeys = (error: SchemaError) => Object.keys(error.parentSchema?.properties ?? {})

/** One error of Ajv as a message, without any value of the file. `path` is where Ajv found it. */
export function tellSchemaError(error: SchemaError, path: Path): PathFault {
  const { params } = error
  const schema = error.parentSchema ?? {}
  switch (error.keyword) {
    case 'additionalProperties':
      return { path: [...path, String(params.additionalProperty)], atKey: true, ...unknownKey(error) }
    case 'required':
      return { path: [...path, String(params.missingProperty)], ...missingKey(schema, String(params.missingProperty)) }
    case 'discriminator':
      return { path: [...path, String(params.tag)], ...wrongKind(schema, String(params.tag), params.tagValue) }
    case 'enum':
      return { path, ...wrongWord(schema.enum ?? [], error.data) }
    case 'uniqueItems':
      return {
        path: [...path, Number(params.j)],
        rule: `The list has this value already, as item ${Number(params.i) + 1}`,
        hint: 'Remove one of the two; if they come from variables, check whether both hold the same value.',
      }
    case 'minItems':
      return { path, rule: 'The list is empty', hint: `Add an item${suchAs(schema.items)}.` }
    case 'minProperties':
      return { path, rule: 'The block is empty', hint: `Give at least one of ${listed(knownKeys(error), 'and')}.` }
    case 'type':
      if (path.length === 0 && error.data === null) return { path, ...emptyFile }
      return { path, ...wrongType(String(params.type), schema, error.data) }
    default:
      return { path, rule: ruleOf(schema), hint: hintOf(schema) }
  }
}

function unknownKey(error: SchemaError): Words {
  const schema = error.parentSchema ?? {}
  // The owner chooses these keys: one that breaks the rule may be anything, even a secret.
  if (schema.patternProperties) return { rule: ruleOf(schema), hint: hintOf(schema), keyHidden: true }
  const key = String(error.params.additionalProperty)
  const known = knownKeys(error)
  const meant = nearestName(key, known)
  if (meant && isPlainName(key)) return { rule: `There is no key \`${key}\` here`, hint: `Did you mean \`${meant}\`?` }
  const hint = `Remove it, or use one of ${listed(known, 'and')}.`
  // A token without quotes may be read as a key, so only what is a name in all likelihood is shown.
  return isPlainName(key) && (error.data as Record<string, unknown>)[key] !== null
    ? { rule: `There is no key \`${key}\` here`, hint }
    : { rule: 'There is no such key here', hint, keyHidden: true }
}

function missingKey(schema: SchemaNotes, key: string): Words {
  const wanted = schema.properties?.[key] ?? {}
  return {
    rule: `\`${key}\` is missing`,
    hint: `Add it${forExample(key, wanted)}. ${wanted.description ?? ''}`.trim(),
  }
}

/** The key that chooses a branch of a union is missing, or names none of them. */
function wrongKind(schema: SchemaNotes, tag: string, met: unknown): Words {
  const words = (schema.oneOf ?? []).map(branch => branch.properties?.[tag]?.const ?? '')
  if (met === undefined) return { rule: `\`${tag}\` is missing`, hint: `Add it with ${listed(words, 'or')}.` }
  return wrongWord(words, met)
}

function wrongWord(words: readonly string[], met: unknown): Words {
  const meant = typeof met === 'string' ? nearestName(met, words) : undefined
  const one = listed(words, 'or')
  return {
    rule: met === null ? 'The value is missing' : `Only ${one} is allowed here`,
    hint: meant ? `Did you mean \`${meant}\`?` : `Write ${one}.`,
  }
}

function wrongType(type: string, schema: SchemaNotes, met: unknown): Words {
  const wanted = typeNames[type] ?? type
  const rule =
    met === null ? `The value is missing; ${wanted} is needed` : `This is ${metName(met)}; ${wanted} is needed`
  const fill = met === null ? ' Or remove the key, if it may be left out.' : ''
  if (type === 'object' && schema.patternProperties) return { rule, hint: `${hintOf(schema)}${fill}` }
  if (type === 'object') {
    return { rule, hint: `Write its keys, each on a line of its own: ${listed(keysInside(schema), 'and')}.${fill}` }
  }
  if (type === 'array') {
    return { rule, hint: `Write each item on a line of its own with \`- \` before it${suchAs(schema.items)}.${fill}` }
  }
  if (type === 'string' && (typeof met === 'number' || typeof met === 'boolean')) {
    return { rule, hint: 'Put it in quotes.' }
  }
  if (type === 'string' && typeof met === 'object' && met !== null) {
    return { rule, hint: 'Write one text; put it in quotes if it holds a colon with a space, a brace or a bracket.' }
  }
  return {
    rule: schema.patternErrorMessage && type === 'integer' ? ruleOf(schema) : rule,
    hint: `${hintOf(schema)}${fill}`,
  }
}

const emptyFile = {
  rule: 'The file is empty',
  hint: 'Write `publicUrl` and `applications`; docs/configuration.md shows a whole file.',
}

const typeNames: Record<string, string> = {
  object: 'a block of keys',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
}

function metName(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return { string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a block of keys'
}

const ruleOf = (schema: SchemaNotes) => (schema.patternErrorMessage ?? 'This value is not allowed').replace(/\.$/, '')

const hintOf = (schema: SchemaNotes) =>
  schema.hint ?? (schema.examples ? `Write something like \`${schema.examples[0]}\`.` : 'Write another value.')

function forExample(key: string, { examples, items }: SchemaNotes): string {
  if (examples) return `, for example \`${key}: ${examples[0]}\``
  return items?.examples ? `, for example \`${key}: ["${items.examples[0]}"]\`` : ''
}

const suchAs = (schema: SchemaNotes | undefined) => (schema?.examples ? `, such as \`${schema.examples[0]}\`` : '')

/** The keys of a block, or those of all its branches. */
const keysInside = (schema: SchemaNotes) => [
  ...new Set([schema, ...(schema.oneOf ?? [])].flatMap(({ properties }) => Object.keys(properties ?? {}))),
]

const listed = (words: readonly string[], last: string) =>
  words
    .map((word, index) => `${index === 0 ? '' : index === words.length - 1 ? ` ${last} ` : ', '}\`${word}\``)
    .join('')
