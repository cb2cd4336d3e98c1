import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Issue } from '../world/records.ts'
import { Refusal } from '../world/refusal.ts'
import { readCount } from './read-parameters.ts'
import { addressWith, setHeader, setLinks } from './send-page.ts'

/** A snapshot of what was found: the ids that were not yet told. */
type Scroll = { total: number; perScroll: number; rest: readonly string[]; timer: NodeJS.Timeout }

/** The snapshots of searches that are gone through by scrolling; each lives `scrollTTLMillis` past its last page. */
export function openScrolls(app: FastifyInstance) {
  const scrolls = new Map<string, Scroll>()
  const forget = (id: string) => {
    clearTimeout(scrolls.get(id)?.timer)
    scrolls.delete(id)
  }
  app.addHook('onClose', async () => {
    for (const id of scrolls.keys()) forget(id)
  })

  /** The next ids, with the headers that lead on; each page has an id of its own. */
  function page(request: FastifyRequest, reply: FastifyReply, scroll: Omit<Scroll, 'timer'>): readonly string[] {
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
    const timer = setTimeout(() => forget(id), life).unref()
    scrolls.set(id, { ...scroll, rest, timer })
    setHeader(reply, 'X-Scroll-Id', id)
    setHeader(reply, 'X-Scroll-Token', 'sandbox')
    const next = { scrollId: id, scrollToken: 'sandbox', scrollType: undefined, perScroll: undefined }
    setLinks(reply, [first, ['next', addressWith(request, next)]])
    return scroll.rest.slice(0, scroll.perScroll)
  }

  return {
    /** Throws `Refusal` 400 for a `scrollType` or `perScroll` that is none. */
    open(request: FastifyRequest, reply: FastifyReply, found: readonly Issue[]): readonly string[] {
      const { scrollType, perScroll } = request.query as { scrollType?: string; perScroll?: string }
      if (scrollType !== 'sorted' && scrollType !== 'unsorted')
        throw new Refusal(400, { errors: { scrollType: `scrollType is ${scrollType}, not sorted or unsorted.` } })
      const size = readCount(perScroll, 'perScroll', 100, 1000)
      const ids = found.map(({ id }) => id)
      // Without sorting they come in the order in which they were made.
      const rest = scrollType === 'sorted' ? ids : ids.toSorted()
      return page(request, reply, { total: found.length, perScroll: size, rest })
    },

    /** A page may be asked for again while its snapshot lives. Throws `Refusal` 404 for one that is gone. */
    next(request: FastifyRequest, reply: FastifyReply, id: string): readonly string[] {
      const scroll = scrolls.get(id)
      if (!scroll) throw new Refusal(404, { errorMessages: [`Scroll ${id} does not exist, or has run out.`] })
      return page(request, reply, scroll)
    },

    clear(ids: readonly string[]): void {
      for (const id of ids) forget(id)
    },
  }
}
