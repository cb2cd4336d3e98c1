import type { Pattern } from './url-pattern.ts'
import type { UrlTemplate } from './url-template.ts'

/** Whether some address could be both templates'. Errs towards yes. */
export function canMeet(one: UrlTemplate, other: UrlTemplate): boolean {
  return pathsMeet(one.path, other.path) && queriesMeet(one.query, other.query)
}

/**
 * The keys that `shorter` cannot be asked for, in words, because `longer` meets it and has the longer literal start;
 * undefined where no address that Tracker makes of `shorter` is `longer`'s.
 */
export function keysOutOfReach(shorter: UrlTemplate, longer: UrlTemplate): string | undefined {
  const [first] = shorter.path.keys
  if (first === undefined || !canMeet(shorter, longer) || !holdsParameters(shorter.query, longer.query))
    return undefined
  const rest = longer.path.start.text.slice(shorter.path.start.text.length)
  const after = shorter.path.keys.length === 2 ? shorter.path.middle.text : shorter.path.end.text
  const kind = first === 'issueKey' ? 'issue keys' : 'keys'
  if (first === 'issueKey' && !/^[A-Za-z][\w]*(-\d*)?$/.test(rest)) return undefined
  if (longer.path.keys.length === 0) return `the key \`${withoutEnd(rest, after)}\``
  const ending = shorter.path.keys.length === 1 ? withoutEnd(longer.path.end.text, after) : ''
  const starting = `${kind} that start with \`${rest}\`${ending && ` and end with \`${ending}\``}`
  // With /{{remoteKey}}/info, the key `crm/objects` fills in an address that starts with /crm/objects/, too.
  const shortened = Array.from(rest, (_, index) => rest.slice(0, index)).filter(
    key => key !== '' && isTaken(`${shorter.path.start.text}${key}${after}`, shorter, longer.path),
  )
  return starting + shortened.map(key => `, nor for \`${key}\``).join('')
}

function isTaken(address: string, shorter: UrlTemplate, longer: Pattern): boolean {
  return shorter.path.keys.length === 1 ? holds(longer, address) : address.startsWith(longer.start.text)
}

const withoutEnd = (text: string, end: string) => (end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text)

function pathsMeet(one: Pattern, other: Pattern): boolean {
  // The paths of two templates without keys meet if they are one; a slash at the end is no difference.
  return patternsMeet(one, other) || holdsPath(one, other) || holdsPath(other, one)
}

const holdsPath = (keyed: Pattern, fixed: Pattern) => fixed.keys.length === 0 && holds(keyed, `${fixed.start.text}/`)

function patternsMeet(one: Pattern, other: Pattern): boolean {
  if (one.keys.length === 0) return holds(other, one.start.text)
  if (other.keys.length === 0) return holds(one, other.start.text)
  const starts = [one.start.text, other.start.text] as const
  const ends = [one.end.text, other.end.text] as const
  return (
    (starts[0].startsWith(starts[1]) || starts[1].startsWith(starts[0])) &&
    (ends[0].endsWith(ends[1]) || ends[1].endsWith(ends[0]))
  )
}

function holds({ start, keys, end }: Pattern, text: string): boolean {
  if (keys.length === 0) return text === start.text
  return text.startsWith(start.text) && text.endsWith(end.text) && text.length > start.text.length + end.text.length
}

function queriesMeet(one: UrlTemplate['query'], other: UrlTemplate['query']): boolean {
  if (one.form === 'text' && other.form === 'text') return patternsMeet(one.text, other.text)
  if (one.form !== 'parameters' || other.form !== 'parameters') return true
  return one.parameters.every(({ name, value }) => {
    const same = other.parameters.find(parameter => parameter.name.text === name.text)
    return same === undefined || patternsMeet(value, same.value)
  })
}

/** Whether an address made of the one query has all that the other asks for. */
function holdsParameters(one: UrlTemplate['query'], other: UrlTemplate['query']): boolean {
  if (other.form !== 'parameters') return other.form === 'none' || one.form !== 'none'
  return other.parameters.every(
    ({ name }) =>
      one.form === 'text' ||
      (one.form === 'parameters' && one.parameters.some(parameter => parameter.name.text === name.text)),
  )
}
