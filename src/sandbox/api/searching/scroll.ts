import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Issue } from '../../world/records.ts'
import { Refusal } from '../../world/refusal.ts'
import { readCount } from '../requests/read-parameters.ts'
import { addressWith, setHeader, setLinks } from '../requests/send-page.ts'

/** A snapshot of what was found: the ids that were not sent yet. */
type Scroll = { total: number; perScroll: number; rest: readonly string[]; timer: NodeJS.Timeout }

/** The snapshots of searches that are read by scrolling, by id; each lives `scrollTTLMillis` past its last page. */
export type Scrolls = Map<string, Scroll>

/** The first ids of what was found. Throws `Refusal` 400 for an invalid `scrollType` or `perScroll`. */
export function openScroll(
  scrolls: Scrolls,
  request: FastifyRequest,
  reply: FastifyReply,
  found: readonly Issue[],
): readonly string[] {
  const { scrollType, perScroll } = request.query as { scrollType?: string; perScroll?: string }
  if (scrollType !== 'sorted' && scrollType !== 'unsorted')
    throw new Refusal(400, { errors: { scrollType: `scrollType is ${scrollType}, not sorted or unsorted.` } })
  const size = readCount(perScroll, 'perScroll', 100, 1000)
  const ids = found.map(({ id }) => id)
  // Unsorted, they come in the order of their creation.
  const rest = scrollType === 'sorted' ? ids : ids.toSorted()
  return nextPage(scrolls, request, reply, { total: found.length, perScroll: size, rest })
}

/** The next ids. A page may be requested again while its snapshot lives. Throws `Refusal` 404 for one that has expired. */
export function readScroll(
  scrolls: Scrolls,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): readonly string[] {
  const scroll = scrolls.get(id)
  if (!scroll) throw new Refusal(404, { errorMessages: [`Scroll ${id} does not exist, or has expired.`] })
  return nextPage(scrolls, request, reply, scroll)
}

export function forgetScrolls(scrolls: Scrolls, ids: Iterable<string>): void {
  for (const id of ids) {
    clearTimeout(scrolls.get(id)?.timer)
    scrolls.delete(id)
  }
}

/** Sets the headers that lead on; each page has an id of its own. */
function nextPage(
  scrolls: Scrolls,
  request: FastifyRequest,
  reply: FastifyReply,
  scroll: Omit<Scroll, 'timer'>,
): readonly string[] {
  const { scrollTTLMillis } = request.query as { scrollTTLMillis?: string }
  const life = readCount(scrollTTLMillis, 'scrollTTLMillis', 60_000, 2 ** 31 - 1)
  const rest = scroll.rest.slice(scroll.perScroll)
  setHeader(reply, 'X-Total-Count', `${scroll.total}`)
  const first = ['first', addressWith(request, { scrollId: undefined, scrollToken: undefined })] as const
  if (rest.length === 0) {
    setLinks(reply, [first])
    return scroll.rest
  }
  const id = randomUUID()
  const timer = setTimeout(() => scrolls.delete(id), life).unref()
  scrolls.set(id, { ...scroll, rest, timer })
  setHeader(reply, 'X-Scroll-Id', id)
  setHeader(reply, 'X-Scroll-Token', 'sandbox')
  const next = { scrollId: id, scrollToken: 'sandbox', scrollType: undefined, perScroll: undefined }
  setLinks(reply, [first, ['next', addressWith(request, next)]])
  return scroll.rest.slice(0, scroll.perScroll)
}
