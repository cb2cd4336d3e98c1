import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../world-refusal.ts'
import { findIssues } from './find-issues.ts'
import type { ApiOptions } from './index.ts'
import { expanded } from './issues.ts'
import { bodyFields } from './read-body.ts'
import { openScrolls } from './scroll.ts'
import { sendPage } from './send-page.ts'

type Search = { Querystring: { expand?: string; scrollType?: string; scrollId?: string } }

/** Issues that are offered to somebody who types. */
const mostOffered = 10

/** Finds issues, in pages or by scrolling, and counts them ("Find issues"). */
export const search: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  const scrolls = openScrolls(app)

  app.post<Search>('/issues/_search', async (request, reply) => {
    const { documents, user } = request.caller
    const body = bodyFields(request.body)
    const { scrollType, scrollId, expand } = request.query
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

  app.get<{ Querystring: { input?: string } }>('/issues/_suggest', async request => {
    const input = (request.query.input ?? '').trim().toLowerCase()
    const fits = ({ key, summary }: { key: string; summary: string }) =>
      key.toLowerCase().startsWith(input) || summary.toLowerCase().includes(input)
    const offered = input === '' ? [] : world.issues().filter(fits).slice(0, mostOffered)
    return offered.map(issue => request.caller.documents.issue(issue))
  })

  app.post('/system/search/scroll/_clear', async request => {
    scrolls.clear(Object.keys(bodyFields(request.body)))
    return {}
  })

  /** What a snapshot named may have been moved or edited since; it is shown as it is now. */
  function shown(request: FastifyRequest<Search>, ids: readonly string[]) {
    const expand = expanded(request.query.expand)
    return ids.flatMap(id => world.issue(id) ?? []).map(issue => request.caller.documents.issue(issue, expand))
  }
}

const bareNumber = (reply: FastifyReply, count: number) =>
  reply.type('application/json; charset=utf-8').send(`${count}`)
