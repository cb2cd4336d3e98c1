import type { Condition, Operand, SortOrder, Value } from './condition.ts'
import { notUnderstood, type Token, tokensOf } from './query-tokens.ts'

export type Query = { readonly condition: Condition; readonly orders: readonly SortOrder[] }

/** How far a query has been read. */
type Reader = { readonly query: string; readonly tokens: readonly Token[]; place: number; depth: number }

/** Parentheses inside one another: each is a call of functions here. */
const deepest = 100

/**
 * Reads Tracker's query language ("Query language"): conditions `Field: value, value` one after another, with AND, OR and
 * parentheses; `!`, `<`, `<=`, `>`, `>=` and `..`; functions without arguments; dates with `+` and `-`; `"Sort by"` at the end.
 * Throws `Refusal` 400 for anything else, with its place: nothing of a query is ever left out.
 */
export function readQuery(query: string): Query {
  const reader: Reader = { query, tokens: tokensOf(query), place: 0, depth: 0 }
  const isAll = reader.tokens.length === 0 || isSortBy(reader)
  const condition: Condition = isAll ? { kind: 'and', parts: [] } : readOr(reader)
  const orders = isSortBy(reader) ? readOrders(reader) : []
  if (peek(reader)) throw unexpected(reader, 'a condition such as Queue: TEST')
  return { condition, orders }
}

function readOr(reader: Reader): Condition {
  const parts = [readAnd(reader)]
  while (takeWord(reader, 'or')) parts.push(readAnd(reader))
  return parts.length === 1 ? (parts[0] as Condition) : { kind: 'or', parts }
}

/** AND comes before OR, and may be left out. */
function readAnd(reader: Reader): Condition {
  const parts = [readFactor(reader)]
  while (takeWord(reader, 'and') || startsFactor(reader)) parts.push(readFactor(reader))
  return parts.length === 1 ? (parts[0] as Condition) : { kind: 'and', parts }
}

function startsFactor(reader: Reader): boolean {
  const token = peek(reader)
  return token !== undefined && !isWord(token, 'or') && !isMark(token, ')') && !isSortBy(reader)
}

function readFactor(reader: Reader): Condition {
  if (takeMark(reader, '(')) {
    if (++reader.depth > deepest) throw unexpected(reader, `at most ${deepest} parentheses inside one another`)
    const inside = readOr(reader)
    reader.depth--
    if (!takeMark(reader, ')')) throw unexpected(reader, 'the closing parenthesis')
    return inside
  }
  const field = readName(reader, 'the name of a field')
  if (!takeMark(reader, ':')) throw unexpected(reader, `a colon after ${field}: a text without a field is not played`)
  const first = reader.place
  const values = [readValue(reader)]
  while (takeMark(reader, ',')) values.push(readValue(reader))
  if (values.length > 1 && values.some(({ operator }) => operator === '!')) {
    const at = reader.tokens[first]?.at ?? 0
    throw notUnderstood(reader.query, at, 'several values with ! may mean two things, so write a condition for each')
  }
  return { kind: 'field', field, values }
}

function readValue(reader: Reader): Value {
  const operator = (['!', '>=', '<=', '>', '<'] as const).find(mark => takeMark(reader, mark))
  const operand = readOperand(reader)
  if (operator) return { operator, operand }
  const isRange = takeMark(reader, '..') || takeMark(reader, '...')
  return isRange ? { operator: '..', operand, end: readOperand(reader) } : { operator: '=', operand }
}

function readOperand(reader: Reader): Operand {
  const token = peek(reader)
  if (!token || token.kind === 'mark' || isWord(token, 'and') || isWord(token, 'or'))
    throw unexpected(reader, 'a value')
  reader.place++
  const next = peek(reader)
  if (token.kind === 'word' && isMark(next, '(') && next.at === token.at + token.text.length)
    throw notUnderstood(reader.query, token.at, `the sandbox does not play the function ${token.text} with arguments`)
  const shifts: Operand['shifts'][number][] = []
  for (;;) {
    const sign = takeMark(reader, '+') ? 1 : takeMark(reader, '-') ? -1 : undefined
    if (sign === undefined) return { kind: token.kind === 'call' ? 'call' : 'text', text: token.text, shifts }
    shifts.push({ sign, duration: readName(reader, 'a duration such as 12h or "1w 1d"') })
  }
}

/** `"Sort by": Created ASC, Updated DESC`. */
function readOrders(reader: Reader): SortOrder[] {
  reader.place += 2
  const orders: SortOrder[] = []
  do {
    const { at = 0 } = peek(reader) ?? {}
    const field = readName(reader, 'the name of a field')
    const isDescending = takeWord(reader, 'desc')
    if (!isDescending) takeWord(reader, 'asc')
    orders.push({ field, isDescending, refuse: reason => notUnderstood(reader.query, at, reason) })
  } while (takeMark(reader, ','))
  return orders
}

/** A word, or a text in quotation marks. */
function readName(reader: Reader, wanted: string): string {
  const token = peek(reader)
  const isKeyword = token?.kind === 'word' && /^(and|or)$/i.test(token.text)
  if (!token || isKeyword || (token.kind !== 'word' && token.kind !== 'quoted')) throw unexpected(reader, wanted)
  reader.place++
  return token.text
}

const peek = ({ tokens, place }: Reader): Token | undefined => tokens[place]

const isMark = (token: Token | undefined, text: string): token is Token => token?.kind === 'mark' && token.text === text

const isWord = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'word' && token.text.toLowerCase() === text

function isSortBy({ tokens, place }: Reader): boolean {
  const name = tokens[place]
  return name?.kind === 'quoted' && /^\s*sort\s+by\s*$/i.test(name.text) && isMark(tokens[place + 1], ':')
}

function takeMark(reader: Reader, text: string): boolean {
  if (!isMark(peek(reader), text)) return false
  reader.place++
  return true
}

function takeWord(reader: Reader, text: string): boolean {
  if (!isWord(peek(reader), text)) return false
  reader.place++
  return true
}

const unexpected = (reader: Reader, wanted: string) =>
  notUnderstood(reader.query, peek(reader)?.at ?? reader.query.length, `there should be ${wanted}`)
