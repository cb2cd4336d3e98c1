import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../world/refusal.ts'
import { findIssues } from './find-issues.ts'
import type { ApiOptions } from './index.ts'
import { type Body, bodyFields, textOf } from './read-body.ts'
import { expanded, isTrue } from './read-parameters.ts'
import { openScrolls } from './scroll.ts'
import { sendPage } from './send-page.ts'

type Search = { Querystring: { expand?: string; order?: string; scrollType?: string; scrollId?: string } }
type Suggest = { Querystring: { input?: string; queue?: string } }
type OldSearch = { Querystring: Partial<Record<'filter' | 'orderBy' | 'orderAsc' | 'expand', string>> }

/** Issues that are offered to somebody who types. */
const mostOffered = 10

/** Finds issues, in pages or by scrolling, and counts them ("Find issues"). */
export const search: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  const scrolls = openScrolls(app)

  app.post<Search>('/issues/_search', async (request, reply) => {
    const { documents, user } = request.caller
    const { scrollType, scrollId, order, expand: named } = request.query
    // Clients write `order` and `expand` into the address or into the body.
    const body: Body = { ...(order && { order }), ...bodyFields(request.body) }
    const expand = named ?? textOf(body.expand)
    if (scrollId && !scrollType) return shown(request, scrolls.next(request, reply, scrollId))
    if (scrollType && (body.keys || body.queue)) throw new Refusal(400, { errorMessages: ['Scroll is not supported'] })
    const found = findIssues(world, body, user)
    if (scrollType) return shown(request, scrolls.open(request, reply, found))
    return sendPage(request, reply, found).map(issue => documents.issue(issue, expanded(expand)))
  })

  app.post('/issues/_count', async (request, reply) => {
    const count = findIssues(world, bodyFields(request.body), request.caller.user).length
    return bareNumber(reply, count)
  })

  // Not in the documents: the official client's list of all issues, and older versions' search by a unique value.
  app.get<OldSearch>('/issues', async (request, reply) => {
    const { filter, orderBy, orderAsc, expand, ...criteria } = request.query
    const order = orderBy && `${orderAsc === undefined || isTrue(orderAsc) ? '+' : '-'}${orderBy}`
    const body: Body = { ...criteria, ...(filter && { filter: readFilter(filter) }), order }
    const { documents, user } = request.caller
    const found = findIssues(world, body, user)
    return sendPage(request, reply, found).map(issue => documents.issue(issue, expanded(expand)))
  })

  app.get<Suggest>('/issues/_suggest', async request => {
    const input = (request.query.input ?? '').trim().toLowerCase()
    const inQueue = request.query.queue && world.queue(request.query.queue)?.key
    const fits = ({ key, summary, queue }: { key: string; summary: string; queue: string }) =>
      (key.toLowerCase().startsWith(input) || summary.toLowerCase().includes(input)) &&
      (!request.query.queue || queue === inQueue)
    const offered = input === '' ? [] : world.issues().filter(fits).slice(0, mostOffered)
    return offered.map(issue => request.caller.documents.issue(issue))
  })

  app.post('/system/search/scroll/_clear', async request => {
    scrolls.clear(Object.keys(bodyFields(request.body)))
    return {}
  })

  /** What a snapshot named may have been moved or edited since; it is shown as it is now. */
  function shown(request: FastifyRequest<Search>, ids: readonly string[]) {
    const expand = expanded(request.query.expand ?? textOf(bodyFields(request.body).expand))
    return ids.flatMap(id => world.issue(id) ?? []).map(issue => request.caller.documents.issue(issue, expand))
  }
}

const bareNumber = (reply: FastifyReply, count: number) =>
  reply.type('application/json; charset=utf-8').send(`${count}`)

/** `field:value`, several with commas. Throws `Refusal` 400. */
function readFilter(text: string): Body {
  const parts = text.split(',').map(part => /^([^:]+):(.+)$/.exec(part))
  if (parts.includes(null)) throw new Refusal(400, { errors: { filter: `filter is ${text}, not field:value.` } })
  return Object.fromEntries(parts.map(part => [part?.[1] ?? '', part?.[2]]))
}
