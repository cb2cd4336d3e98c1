import { Refusal } from '../../world/refusal.ts'

/** One of the values must match. `empty()`, `notEmpty()` and `me()` may be values. */
export type Condition = { field: string; values: readonly string[] }
export type SortOrder = { field: string; isDescending: boolean }

/**
 * The part of Tracker's query language that the sandbox plays: `Field: value, value` with quotes where there are spaces,
 * conditions one after another or with AND, and `"Sort by": Field DESC`. Throws `Refusal` 400 for anything else.
 */
export function readQuery(text: string): { conditions: Condition[]; orders: SortOrder[] } {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[:,()]|[^\s:,()"]+(?:\(\))?/g)].map(([token]) => token)
  const conditions: Condition[] = []
  const orders: SortOrder[] = []
  let at = 0
  while (at < tokens.length) {
    if (/^(and|&&)$/i.test(tokens[at] ?? '') && conditions.length > 0) at++
    const field = bare(tokens[at++])
    if (field === undefined || tokens[at++] !== ':') throw notPlayed(text)
    const values: string[] = []
    do {
      const value = bare(tokens[at++])
      if (value === undefined) throw notPlayed(text)
      values.push(value)
    } while (tokens[at] === ',' && at++)
    if (field.toLowerCase() !== 'sort by') conditions.push({ field, values })
    else {
      const isDescending = /^desc$/i.test(tokens[at] ?? '')
      if (/^(asc|desc)$/i.test(tokens[at] ?? '')) at++
      orders.push(...values.map(value => ({ field: value, isDescending })))
    }
  }
  return { conditions, orders }
}

/** A word without its quotes; undefined for a punctuation mark or a missing token. */
function bare(token: string | undefined): string | undefined {
  if (token === undefined || /^[:,()]$/.test(token)) return undefined
  return token.startsWith('"') ? token.slice(1, -1).replaceAll(/\\(.)/g, '$1') : token
}

const notPlayed = (text: string) =>
  new Refusal(400, {
    errorMessages: [`The sandbox cannot read the query ${text}: it knows Field: value, AND, and "Sort by": Field.`],
  })
