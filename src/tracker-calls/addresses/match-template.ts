import { afterLiteral } from '../../tracker-contract/url-template/url-literal.ts'
import { type Captured, capture, nothing, type Pattern } from '../../tracker-contract/url-template/url-pattern.ts'
import type { Parameter, UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'

/** What an address holds in the place of a template's keys. */
export type TemplateMatch = {
  /**
   * `whole`: path and query match the template. `literally`: only the template as one text matches (a raw `?` or `&` in a
   * key). `short`: the address belongs to the template, but a key is empty or its parameter is missing.
   */
  rank: 'whole' | 'literally' | 'short'
  captured: readonly Captured[]
  /** Captured by matching the template, as one text, with the raw address. */
  literally: readonly Captured[]
  /** A parameter that holds a key and is given twice. */
  repeated: string | undefined
  /** A parameter that holds a key and is absent or empty, or the key that is absent in the path. */
  missing: string | undefined
}

type Query = Pick<TemplateMatch, 'captured' | 'repeated' | 'missing'>

const slash = 0x2f
const noQuery: Query = { captured: nothing, repeated: undefined, missing: undefined }

/** Matches an address (path and query, see request-target.ts) with a template; undefined if it does not match. */
export function matchTemplate(template: UrlTemplate, address: string): TemplateMatch | undefined {
  const mark = address.indexOf('?')
  const pathEnd = mark < 0 ? address.length : mark
  const path = capturePath(template.path, template.trailingSlash, address, pathEnd)
  const query = path && matchQuery(template.query, address, pathEnd + 1)
  const literally = captureLiterally(template, address, pathEnd, path !== undefined)
  if (path && query) {
    const missing = path.length === 0 ? template.path.keys[0] : query.missing
    const isWhole = missing === undefined || query.repeated !== undefined
    const rank = isWhole ? 'whole' : literally.length > 0 ? 'literally' : 'short'
    return { rank, captured: combine(path, query.captured), literally, repeated: query.repeated, missing }
  }
  return literally.length > 0
    ? { rank: 'literally', captured: [], literally, repeated: undefined, missing: undefined }
    : undefined
}

/**
 * A slash at the end of an address may be the sender's or, if a key ends the path, part of the key: captures both, the
 * likelier first.
 */
function capturePath(
  pattern: Pattern,
  trailingSlash: boolean,
  address: string,
  to: number,
): readonly Captured[] | undefined {
  const all = capture(pattern, address, 0, to)
  const stripped = address.charCodeAt(to - 1) === slash ? capture(pattern, address, 0, to - 1) : undefined
  if (!all || !stripped) return all ?? stripped
  return trailingSlash ? [...stripped, ...all] : [...all, ...stripped]
}

function captureLiterally(
  template: UrlTemplate,
  address: string,
  pathEnd: number,
  pathHolds: boolean,
): readonly Captured[] {
  const { literally, trailingSlash } = template
  if (literally === undefined || (literally.text === template.path && pathEnd === address.length)) return []
  const end = address.length
  const found =
    literally.covers === 'query'
      ? pathHolds && capture(literally.text, address, pathEnd + 1, end)
      : literally.text === template.path
        ? capturePath(literally.text, trailingSlash, address, end)
        : capture(literally.text, address, 0, end)
  return (found || []).filter(keys => keys.issueKey !== undefined || !literally.text.keys.includes('issueKey'))
}

/** Matches the query from `start`, which lies past the end if the address has none; undefined if it does not match. */
function matchQuery(query: UrlTemplate['query'], address: string, start: number): Query | undefined {
  if (query.form === 'none') return noQuery
  if (query.form === 'parameters') return matchParameters(query.parameters, address, start)
  const captured = start > address.length ? [] : capture(query.text, address, start, address.length)
  return captured && { captured, repeated: undefined, missing: captured.length === 0 ? query.text.keys[0] : undefined }
}

/** Each parameter of the template must be there, and only once if it holds a key; all other parameters are ignored. */
function matchParameters(parameters: readonly Parameter[], address: string, start: number): Query | undefined {
  const values: (readonly Captured[] | undefined)[] = []
  let repeated: string | undefined
  let equals = -1
  for (let from = start, to = 0; from < address.length; from = to + 1) {
    to = indexOrEnd(address, '&', from)
    if (to === from) continue
    if (equals < from) equals = indexOrEnd(address, '=', from)
    const nameEnd = Math.min(equals, to)
    const index = parameterAt(parameters, address, from, nameEnd)
    const parameter = parameters[index]
    if (parameter === undefined) continue
    if (values[index] && parameter.value.keys.length > 0) {
      repeated ??= parameter.name.text
      continue
    }
    const value = capture(parameter.value, address, Math.min(nameEnd + 1, to), to)
    if (value === undefined) return undefined
    values[index] ??= value
  }
  let captured = nothing
  let missing: string | undefined
  for (const [index, parameter] of parameters.entries()) {
    const value = values[index]
    if (value && value.length > 0) captured = combine(captured, value)
    else if (parameter.value.keys.length > 0) missing ??= parameter.name.text
    else return undefined
  }
  return { captured, repeated, missing }
}

/** The index of the parameter whose name stands there; -1 if the template has no such parameter. */
function parameterAt(parameters: readonly Parameter[], address: string, from: number, to: number): number {
  for (let index = 0; index < parameters.length; index++)
    if (afterLiteral((parameters[index] as Parameter).name, address, from) === to) return index
  return -1
}

function indexOrEnd(text: string, mark: string, from: number): number {
  const index = text.indexOf(mark, from)
  return index < 0 ? text.length : index
}

function combine(some: readonly Captured[], others: readonly Captured[]): readonly Captured[] {
  if (some === nothing) return others
  if (others === nothing) return some
  const both: Captured[] = []
  for (const one of some)
    for (const other of others)
      both.push({ issueKey: one.issueKey ?? other.issueKey, remoteKey: one.remoteKey ?? other.remoteKey })
  return both
}
