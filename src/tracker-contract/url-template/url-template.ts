import type { Fault } from '../../errors/problem.ts'
import type { TrackerCall } from '../tracker-call.ts'
import { divideQuery, divideTemplate } from './divide-template.ts'
import { compileLiteral, type Literal } from './url-literal.ts'
import { compilePattern, type KeyName, type Pattern, placeholder } from './url-pattern.ts'
import { templateFaults } from './url-template-faults.ts'

export type Parameter = { name: Literal; value: Pattern }

/** A template ready to be matched (see match-template.ts). */
export type UrlTemplate = {
  text: string
  /** For messages: without the values of parameters that hold no key, because they may be secrets. */
  shown: string
  /** Without its trailing slash, which an address may or may not have. */
  path: Pattern
  trailingSlash: boolean
  query: { form: 'none' } | { form: 'parameters'; parameters: readonly Parameter[] } | { form: 'text'; text: Pattern }
  /**
   * The template as one text, for an address in which nothing was encoded, so that a `?` or `&` may belong to a key. It
   * covers the whole address if the path holds a key, else the query.
   */
  literally: { covers: 'address' | 'query'; text: Pattern } | undefined
}

/**
 * Parses a template, relative to `publicUrl`: a path and maybe a query, with the placeholders of the call. Returns all of its
 * faults instead if it has any; their `field` is empty, for the caller to fill.
 */
export function parseUrlTemplate(text: string, call: TrackerCall): UrlTemplate | Fault[] {
  const faults = templateFaults(text, call)
  if (faults.length > 0) return faults
  const { path, query } = divideTemplate(text)
  const trailingSlash = path.endsWith('/')
  const pathPattern = compilePattern(trailingSlash ? path.slice(0, -1) : path, 'path')
  return {
    text,
    shown: text.replace(/=[^={}&]+(?=&|$)/g, '=…'),
    path: pathPattern,
    trailingSlash,
    query: compileQuery(query),
    literally: compileLiterally(text, query, pathPattern),
  }
}

/** The address that Tracker makes of a template; `encode` is how it encodes a key, which its documents leave open. */
export function fillUrlTemplate(
  template: UrlTemplate,
  keys: { issueKey?: string; remoteKey?: string },
  encode: (key: string) => string,
): string {
  return template.text.replace(placeholder, (_, name: KeyName) => encode(keys[name] ?? ''))
}

function compileQuery(query: string | undefined): UrlTemplate['query'] {
  if (query === undefined) return { form: 'none' }
  const parameters = divideQuery(query)
  if (parameters === undefined) return { form: 'text', text: compilePattern(query, 'query') }
  return {
    form: 'parameters',
    parameters: parameters.map(({ name, value }) => ({
      name: compileLiteral(name, 'query'),
      value: compilePattern(value, 'query'),
    })),
  }
}

function compileLiterally(text: string, query: string | undefined, path: Pattern): UrlTemplate['literally'] {
  if (path.keys.length > 0)
    return { covers: 'address', text: query === undefined ? path : compilePattern(text, 'path') }
  return query?.includes('{{') ? { covers: 'query', text: compilePattern(query, 'query') } : undefined
}
