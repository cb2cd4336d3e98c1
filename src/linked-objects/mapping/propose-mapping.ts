/** Names under which APIs and tables keep these fields, the likeliest first. */
const usualNames = {
  summary: ['summary', 'title', 'subject', 'name', 'caption', 'description'],
  status: ['status', 'state', 'stage', 'phase'],
  updated: [
    'updated_at',
    'updatedAt',
    'updated',
    'updated_on',
    'changed_at',
    'changedAt',
    'modified_at',
    'modifiedAt',
    'modified',
  ],
} as const

/** The fields that can be guessed from one answer; each is a JSONata expression. */
export type ProposedMapping = Partial<Record<keyof typeof usualNames, string>>

/**
 * A mapping for an answer whose fields have usual names, at its top or in the one object that it wraps. A status that is an object is
 * read by its name. A moment without its offset from UTC is left out, since a card cannot show it.
 */
export function proposeMapping(answer: unknown): ProposedMapping {
  const [prefix, fields] = unwrapped(answer)
  const proposed = Object.entries(usualNames).flatMap(([field, names]) => {
    const paths = names.flatMap(name => pathsOf(fields, name))
    const path = paths.find(([, value]) => suits(field, value))?.[0]
    return path === undefined ? [] : [[field, [...prefix, ...path].map(asStep).join('.')]]
  })
  return Object.fromEntries(proposed) as ProposedMapping
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields of an answer, and the way to them: `{"deal": {…}}` holds one object and nothing else. */
function unwrapped(answer: unknown): [string[], Fields] {
  if (!isFields(answer)) return [[], {}]
  const [[name, inner] = ['', undefined], ...more] = Object.entries(answer)
  return more.length === 0 && isFields(inner) ? [[name], inner] : [[], answer]
}

function pathsOf(fields: Fields, name: string): [path: string[], value: unknown][] {
  if (!Object.hasOwn(fields, name)) return []
  const value = fields[name]
  if (!isFields(value)) return [[[name], value]]
  return ['name', 'title'].filter(inner => Object.hasOwn(value, inner)).map(inner => [[name, inner], value[inner]])
}

function suits(field: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false
  return field !== 'updated' || /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(value)
}

/** A name as a step of a JSONata path. */
const asStep = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``)
