import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../../world/settings.ts'
import { originOf } from './caller.ts'
import { readCount } from './read-parameters.ts'

/**
 * Sets a header with its name in exactly these letters: two clients look up the totals case-sensitively, and Fastify sends
 * its own headers in lower case.
 */
export function setHeader(reply: FastifyReply, name: string, value: string | readonly string[]): void {
  reply.raw.setHeader(name, value)
}

/** One page of a list, by `perPage` and `page`, with the headers that lead to the others ("Paginated result output"). */
export function sendPage<Item>(request: FastifyRequest, reply: FastifyReply, list: readonly Item[]): readonly Item[] {
  const { perPage: size, page: number } = request.query as { perPage?: string; page?: string }
  const perPage = readCount(size, 'perPage', usualPage)
  const page = readCount(number, 'page', 1)
  const pages = Math.ceil(list.length / perPage)
  setHeader(reply, 'X-Total-Count', `${list.length}`)
  setHeader(reply, 'X-Total-Pages', `${pages}`)
  setLinks(reply, [
    ['first', addressWith(request, { perPage, page: 1 })],
    ...(page < pages ? ([['next', addressWith(request, { perPage, page: page + 1 })]] as const) : []),
    // A template: the official client puts the number of a page in place of the braces.
    ['seek', `${addressWith(request, { perPage, page: undefined })}{&page}`],
  ])
  return list.slice((page - 1) * perPage, page * perPage)
}

/** Entries on a page if the client names no number. */
const usualPage = 50

/**
 * A list that comes whole if it fits on a page, and in pages if the client requests them. A longer one comes in pages, as the
 * documents say of all lists, unless a setting has it whole.
 */
export function sendList<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  list: readonly Item[],
  { wholeLists }: Settings,
): readonly Item[] {
  const { perPage, page } = request.query as { perPage?: string; page?: string }
  const isLong = list.length > usualPage && !wholeLists
  return perPage || page || isLong ? sendPage(request, reply, list) : list
}

/** One header, with commas: some clients read only one of the name. */
export function setLinks(reply: FastifyReply, links: readonly (readonly [rel: string, address: string])[]): void {
  setHeader(reply, 'Link', links.map(([rel, address]) => `<${address}>; rel="${rel}"`).join(', '))
}

/** The requested address with other parameters; undefined removes one. */
export function addressWith(request: FastifyRequest, changes: Record<string, string | number | undefined>): string {
  const { pathname, searchParams } = new URL(`http://sandbox${request.url}`)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) searchParams.delete(name)
    else searchParams.set(name, `${value}`)
  }
  const query = searchParams.size > 0 ? `?${searchParams.toString()}` : ''
  return `${originOf(request)}${pathname}${query}`
}
