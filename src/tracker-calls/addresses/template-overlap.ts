import type { Pattern } from '../../tracker-contract/url-template/url-pattern.ts'
import type { UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'

type Endings = (text: string) => readonly string[]

/** A path may come with or without a slash at its end. */
export const pathEndings: Endings = text => [text, `${text}/`]
const valueEndings: Endings = text => [text]

/** Whether some address could match both templates. Errs towards yes. */
export function canMeet(one: UrlTemplate, other: UrlTemplate): boolean {
  return patternsMeet(one.path, other.path, pathEndings) && queriesMeet(one.query, other.query)
}

/** Whether the pattern covers a decoded text. */
export function covers({ start, keys, end }: Pattern, text: string, endings: Endings): boolean {
  if (keys.length === 0) return endings(start.text).includes(text)
  return endings(end.text).some(
    ending => text.startsWith(start.text) && text.endsWith(ending) && text.length > start.text.length + ending.length,
  )
}

function patternsMeet(one: Pattern, other: Pattern, endings: Endings): boolean {
  if (one.keys.length === 0) return endings(one.start.text).some(text => covers(other, text, endings))
  if (other.keys.length === 0) return patternsMeet(other, one, endings)
  const startsAgree = one.start.text.startsWith(other.start.text) || other.start.text.startsWith(one.start.text)
  const endsAgree = endings(one.end.text).some(end =>
    endings(other.end.text).some(otherEnd => end.endsWith(otherEnd) || otherEnd.endsWith(end)),
  )
  return startsAgree && endsAgree
}

function queriesMeet(one: UrlTemplate['query'], other: UrlTemplate['query']): boolean {
  if (one.form === 'text' && other.form === 'text') return patternsMeet(one.text, other.text, valueEndings)
  if (one.form !== 'parameters' || other.form !== 'parameters') return true
  return one.parameters.every(({ name, value }) => {
    const same = other.parameters.find(parameter => parameter.name.text === name.text)
    return same === undefined || patternsMeet(value, same.value, valueEndings)
  })
}
