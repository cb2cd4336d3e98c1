import { Refusal } from '../../world/refusal.ts'

/** A piece of a query. `call` is a function without arguments, such as `empty()`; its text is the name in lower case. */
export type Token = { readonly kind: 'word' | 'quoted' | 'call' | 'mark'; readonly text: string; readonly at: number }

const forms: readonly (readonly [kind: Token['kind'] | 'blank', form: RegExp])[] = [
  ['blank', /\s+/y],
  ['quoted', /"(?:[^"\\]|\\.)*"/suy],
  ['call', /[A-Za-z]+\(\s*\)/y],
  // Two dots end a word: they stand between the ends of a range.
  ['word', /[\p{L}\p{N}_@](?:[\p{L}\p{N}_@/-]|\.(?!\.))*/uy],
  ['mark', /\.\.\.?|>=|<=|[:,()!<>+-]/y],
]

/** The pieces of a query, all of it. Throws `Refusal` 400 for what is none. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < query.length) {
    const found = nextToken(query, at)
    if (!found) throw notUnderstood(query, at, reasonAt(query, at))
    if (found.kind !== 'blank') tokens.push({ kind: found.kind, text: meaning(found.kind, found.text), at })
    at += found.text.length
  }
  return tokens
}

function nextToken(query: string, at: number) {
  for (const [kind, form] of forms) {
    form.lastIndex = at
    const text = form.exec(query)?.[0]
    if (text !== undefined) return { kind, text }
  }
  return undefined
}

function meaning(kind: Token['kind'], text: string): string {
  if (kind === 'quoted') return text.slice(1, -1).replaceAll(/\\(.)/gsu, '$1')
  return kind === 'call' ? text.slice(0, text.indexOf('(')).toLowerCase() : text
}

function reasonAt(query: string, at: number): string {
  const sign = String.fromCodePoint(query.codePointAt(at) ?? 0)
  if (sign === '"') return 'the quotation mark is not closed'
  return ['#', '~', '|'].includes(sign)
    ? `the sandbox does not play the operator ${sign}`
    : `put a text with ${sign} in quotation marks`
}

/** 400 for a query that is not understood, with the place where that begins. */
export function notUnderstood(query: string, at: number, reason: string): Refusal {
  const rest = query.slice(at, at + 40)
  const place = rest === '' ? 'at its end' : `at character ${at + 1}, ${rest}`
  return new Refusal(400, { errorMessages: [`The query is not understood ${place}: ${reason}.`] })
}
