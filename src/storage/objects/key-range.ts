import type { Queries } from '../database/queries.ts'

/** Keys from `gte` on and before `lt`. */
export type KeyRange = { gte?: string; lt?: string }

/**
 * The keys with a prefix as a range of the index. Undefined if the database sorts by the rules of a language: then other keys lie
 * between them. The embedded database sorts by code points, and so does that of our Compose file.
 */
export async function keysWith(database: Queries, prefix: string): Promise<KeyRange | undefined> {
  if (!(await sortsByCodePoints(database))) return undefined
  const end = endOf(prefix)
  return { gte: prefix, ...(end !== undefined && { lt: end }) }
}

/** PostgreSQL's own locales do, and C of the operating system, the only kind before version 15, which had no `datlocprovider`. */
async function sortsByCodePoints(database: Queries): Promise<boolean> {
  const [row] = await database.$queryRaw<[{ sorts: boolean }]>`
    SELECT CASE coalesce(to_jsonb(pg_database) ->> 'datlocprovider', 'c')
             WHEN 'b' THEN true
             WHEN 'c' THEN lower(datcollate) IN ('c', 'posix', 'c.utf8', 'c.utf-8')
             ELSE false
           END AS sorts
    FROM pg_database WHERE datname = current_database()`
  return row.sorts
}

/** The first text behind all with this prefix; undefined if there is none. */
export function endOf(prefix: string): string | undefined {
  const points = Array.from(prefix, letter => letter.codePointAt(0) as number)
  const place = points.findLastIndex(point => point < lastPoint)
  if (place === -1) return undefined
  const next = (points[place] as number) + 1
  return String.fromCodePoint(...points.slice(0, place), next === surrogates.from ? surrogates.end : next)
}

const lastPoint = 0x10ffff
/** Halves of pairs: no letters. */
const surrogates = { from: 0xd800, end: 0xe000 }
