import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidInput } from '../errors/problem.ts'
import { callerOf } from './authenticate.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { ManagementTurns } from './turns.ts'

/** Where the items of a list come from, in its one order. */
export type ListSource<Item, After> = {
  /** Names the list in its cursors, so that a cursor of another list is refused. */
  name: string
  /** At most `limit` items: those that follow `after`, or the first `skip`. */
  read: (from: { after?: After; skip?: number; limit: number }) => Promise<readonly Item[]>
  /**
   * By cursor in place of `read`, if items have to be read to find some: it may end early, with fewer than `limit`, and then says up
   * to which keys it has come.
   */
  readOn?: (from: { after?: After; limit: number }) => Promise<{ items: readonly Item[]; upTo?: readonly string[] }>
  /** How many items the list has, counted up to `most`. */
  count: (most: number) => Promise<number>
  /** Whether no index finds the items, so that others are read; `count` always reads them. */
  isScan?: boolean
  turns: ManagementTurns
  /** The keys that the list is ordered by: a cursor holds those of the last item. */
  keysOf: (item: Item) => readonly string[]
  /** The reverse of `keysOf`; undefined if no item of this list has such keys. */
  afterOf: (keys: readonly string[]) => After | undefined
}

/** A page; `next` is the cursor of the following one, if the list is read by cursor and goes on. */
export type Page<Item> = { items: readonly Item[]; next?: string }

export type PageQuery = { page?: number; perPage: number; cursor?: string }

/**
 * The last item that a numbered page reaches, and the highest count: the database reads and drops all items before a page, and reads
 * all that it counts.
 */
const deepest = 100_000
/** Items before a page that take no time worth mentioning. */
const shallow = 10_000

/** The query parameters of a list; spread into `properties` of its `querystring`. */
export const pageParameters = {
  page: {
    type: 'integer',
    minimum: 1,
    description: 'Number of the page, from 1. For more than 100,000 items, or to read all, use `cursor`.',
  },
  perPage: { type: 'integer', minimum: 1, maximum: 1_000, default: 50, description: 'Items on a page, 1 to 1,000.' },
  cursor: {
    type: 'string',
    maxLength: 4_096,
    description: 'Empty for the beginning of the list, then `next` of the answer before. Not together with `page`.',
  },
} as const

/** The headers of a list's answer; `headers` of its response schema for 200. */
export const pageHeaders = {
  'X-Total-Count': {
    type: 'integer',
    description: 'Items of the whole list. By page only; absent if there are more than 100,000.',
  },
  'X-Total-Pages': {
    type: 'integer',
    description: 'Pages of the whole list. By page only; absent if there are more than 100,000 items.',
  },
  Link: {
    type: 'string',
    description:
      'Addresses of other pages, relative to that of the request: first, prev, next, last; by cursor only next. Behind the ' +
      '100,000th item `next` goes on by cursor.',
  },
} as const

/** `next` in the body of a list's answer; spread into its `properties`. */
export const nextProperty = {
  next: { type: 'string', description: 'By cursor: the cursor of the next page. Absent if this is the last one.' },
} as const

/**
 * Reads the page that a request asks for, and sets the headers of the answer. Throws Problem `parameter-invalid` if the page
 * is too deep, if the cursor is not one of this list and application, and if both are given.
 */
export async function readPage<Item, After>(
  request: FastifyRequest,
  reply: FastifyReply,
  source: ListSource<Item, After>,
): Promise<Page<Item>> {
  const { page, perPage, cursor } = request.query as PageQuery
  if (cursor === undefined) return readNumbered(request, reply, source, { page: page ?? 1, perPage })
  if (page !== undefined)
    throw refusal('page', 'cannot be given together with cursor', 'Leave out one of them: read by page, or by cursor.')
  return readByCursor(request, reply, source, { cursor, perPage })
}

async function readByCursor<Item, After>(
  request: FastifyRequest,
  reply: FastifyReply,
  source: ListSource<Item, After>,
  { cursor, perPage }: { cursor: string; perPage: number },
): Promise<Page<Item>> {
  const name = cursorName(request, source)
  const keys = cursor === '' ? undefined : readCursor(name, cursor)
  const after = keys && source.afterOf(keys)
  if (cursor !== '' && after === undefined)
    throw refusal('cursor', 'is no cursor of this list', 'Send `next` of an answer, or nothing (`cursor=`) to begin.')

  const inTurn = source.turns[source.isScan ? 'scan' : 'query']
  const from = { ...(after !== undefined && { after }), limit: perPage + 1 }
  const found = await inTurn(callerOf(request).apiKeyId, async () =>
    source.readOn === undefined ? { items: await source.read(from) } : await source.readOn(from),
  )
  const items = found.items.slice(0, perPage)
  const last = found.items.length > perPage ? items.at(-1) : undefined
  const place = last === undefined ? found.upTo : source.keysOf(last)
  if (place === undefined) return { items }
  const next = writeCursor(name, place)
  reply.header('link', links(request, { next: { cursor: next } }))
  return { items, next }
}

async function readNumbered<Item, After>(
  request: FastifyRequest,
  reply: FastifyReply,
  source: ListSource<Item, After>,
  { page, perPage }: { page: number; perPage: number },
): Promise<Page<Item>> {
  if (page * perPage > deepest)
    throw refusal('page', 'must not reach past the 100,000th item', 'Read the list with `cursor=` instead.')
  const { read, count, turns, isScan = false } = source
  const skip = (page - 1) * perPage
  const who = callerOf(request).apiKeyId
  const inTurn = turns[isScan || skip > shallow ? 'scan' : 'query']
  const items = await inTurn(who, () => read({ skip, limit: perPage }))
  // A page that is not full is the last one: it says how many items there are, without counting them.
  const isLast = items.length < perPage && (items.length > 0 || page === 1)
  const total = isLast ? skip + items.length : await turns.scan(who, () => count(deepest + 1))
  const pages = Math.ceil(total / perPage)
  if (total <= deepest) reply.headers({ 'x-total-count': total, 'x-total-pages': pages })
  const reaches = (other: number) => other * perPage <= deepest
  const last = items.at(-1)
  // Whoever follows `next` reaches the end of any list.
  const onwards = last && { cursor: writeCursor(cursorName(request, source), source.keysOf(last)) }
  reply.header(
    'link',
    links(request, {
      first: { page: 1 },
      ...(page > 1 && { prev: { page: Math.max(1, Math.min(page - 1, pages)) } }),
      ...(page < pages && { next: reaches(page + 1) ? { page: page + 1 } : onwards }),
      ...(pages > 0 && total <= deepest && reaches(pages) && { last: { page: pages } }),
    }),
  )
  return { items }
}

/**
 * The header Link (RFC 8288). Its references are a query alone, so that they hold at whatever address and path the caller
 * reaches this server: a proxy may have changed both.
 */
function links(
  request: FastifyRequest,
  targets: Record<string, { page: number } | { cursor: string } | undefined>,
): string {
  return Object.entries(targets)
    .filter(([, target]) => target !== undefined)
    .map(([rel, target = {}]) => {
      const query = Object.entries({ ...(request.query as object), ...target }).filter(
        ([name]) => name !== 'page' || 'page' in target,
      )
      const text = new URLSearchParams(query.map(([name, value]): [string, string] => [name, String(value)]))
      return `<?${text.toString()}>; rel="${rel}"`
    })
    .join(', ')
}

function cursorName(request: FastifyRequest, { name }: { name: string }): string {
  const { applicationId = '' } = request.params as { applicationId?: string }
  return `${name} ${applicationId}`
}

const refusal = (field: string, rule: string, hint: string) =>
  invalidInput('parameter-invalid', [{ field, rule, hint }])
