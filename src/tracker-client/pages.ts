import type { CallTracker, Query, TrackerAnswer, TrackerRequest } from './call-tracker.ts'
import { listOf } from './read-fields.ts'

/**
 * The entries of a list, page by page, for as long as Tracker names a next page: by `Link` with rel="next", or by
 * `X-Total-Pages`. A list without pages is one page. Throws TrackerError.
 */
export async function* pages<T>(
  call: CallTracker,
  request: TrackerRequest,
  what: string,
  read: (entry: unknown) => T,
): AsyncGenerator<T[]> {
  const seen = new Set<string>()
  let query: Query | undefined = request.query ?? {}
  while (query) {
    seen.add(JSON.stringify(query))
    const answer = await call({ ...request, query })
    const entries = listOf(answer.body, what, read)
    yield entries
    // Changes in the meantime may leave the last pages empty (seed 001). No page is requested twice.
    query = entries.length === 0 ? undefined : nextQuery(answer, query)
    if (query && seen.has(JSON.stringify(query))) return
  }
}

/** All entries of a list, with or without pages. */
export async function allPages<T>(...list: Parameters<typeof pages<T>>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages(...list)) all.push(...page)
  return all
}

function nextQuery({ headers }: TrackerAnswer, query: Query): Query | undefined {
  const next = linkOf(headers.link ?? '', 'next')
  // Only its query is used: the token is never sent to an address that is not configured.
  if (next !== undefined) return { ...query, ...Object.fromEntries(new URL(next, 'http://tracker').searchParams) }
  const page = Number(query.page ?? 1)
  return Number(headers['x-total-pages'] ?? 0) > page ? { ...query, page: page + 1 } : undefined
}

/** The address with this `rel` in a `Link` header (RFC 8288). */
function linkOf(header: string, rel: string): string | undefined {
  for (const [, address, parameters = ''] of header.matchAll(/<([^>]*)>([^<]*)/g))
    if (
      new RegExp(`;\\s*rel\\s*=\\s*"?${rel}"?\\s*(?:[;,]|$)`, 'i').test(parameters) &&
      URL.canParse(address ?? '', 'http://tracker')
    )
      return address
  return undefined
}
