import type { UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'
import { canMeet, covers, pathEndings } from './template-overlap.ts'

/**
 * The keys for which `shorter` cannot be asked, in words, because `longer` matches their addresses too and has the longer
 * literal start; undefined if no address that Tracker makes of `shorter` belongs to `longer`.
 */
export function keysOutOfReach(shorter: UrlTemplate, longer: UrlTemplate): string | undefined {
  const [first, second] = shorter.path.keys
  if (first === undefined || !canMeet(shorter, longer) || !holdsParameters(shorter.query, longer.query))
    return undefined
  const { start, middle, end } = shorter.path
  const rest = longer.path.start.text.slice(start.text.length)
  if (first === 'issueKey' && !/^[A-Za-z]\w*(-\d*)?$/.test(rest)) return undefined
  const after = second === undefined ? end.text + (shorter.trailingSlash ? '/' : '') : middle.text
  if (longer.path.keys.length === 0) return onlyKey(rest, after)

  const kind = first === 'issueKey' ? 'issue keys' : 'keys'
  const ending = second === undefined ? endingOf(longer, after) : ''
  const starting = `${kind} that start with \`${rest}\`${ending && ` and end with \`${ending}\``}`
  // With /{{remoteKey}}/info, the key `crm/objects` fills in an address that starts with /crm/objects/, too.
  const isTaken = (key: string) =>
    second === undefined
      ? covers(longer.path, start.text + key + after, pathEndings)
      : (start.text + key + after).startsWith(longer.path.start.text)
  const shortened = Array.from(rest, (_, index) => rest.slice(0, index)).filter(key => key !== '' && isTaken(key))
  return starting + shortened.map(key => `, nor for \`${key}\``).join('')
}

/** The one key whose path is `rest`, with or without a slash at its end. */
function onlyKey(rest: string, after: string): string | undefined {
  const path = pathEndings(rest).find(text => text.endsWith(after) && text.length > after.length)
  return path && `the key \`${path.slice(0, path.length - after.length)}\``
}

/** The text with which a key must end, so that the address ends as `longer` does. */
function endingOf(longer: UrlTemplate, after: string): string {
  const endings = pathEndings(longer.path.end.text)
  if (endings.some(ending => after.endsWith(ending))) return ''
  const ending = endings.find(text => text.endsWith(after)) ?? ''
  return ending.slice(0, ending.length - after.length)
}

/** Whether an address made of the one query has every parameter for which the other asks. */
function holdsParameters(one: UrlTemplate['query'], other: UrlTemplate['query']): boolean {
  if (other.form !== 'parameters') return other.form === 'none' || one.form !== 'none'
  return other.parameters.every(
    ({ name }) =>
      one.form === 'text' ||
      (one.form === 'parameters' && one.parameters.some(parameter => parameter.name.text === name.text)),
  )
}
