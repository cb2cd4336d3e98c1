import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { type Body, bodyFields, textOf } from '../requests/read-body.ts'
import { expanded } from '../requests/read-parameters.ts'
import { sendPage } from '../requests/send-page.ts'
import { findIssues } from './find-issues.ts'
import { forgetScrolls, openScroll, readScroll, type Scrolls } from './scroll.ts'

type Search = { Querystring: { expand?: string; order?: string; scrollType?: string; scrollId?: string } }

/** Finds issues, in pages or by scrolling, and counts them ("Find issues"). */
export const search: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  const scrolls: Scrolls = new Map()
  app.addHook('onClose', async () => forgetScrolls(scrolls, scrolls.keys()))

  app.post<Search>('/issues/_search', async (request, reply) => {
    const { form, user } = request.caller
    const { scrollType, scrollId, order, expand } = request.query
    // Clients write `order` and `expand` into the address or into the body.
    const body: Body = { ...(order && { order }), ...bodyFields(request.body) }
    const parts = expanded(expand ?? textOf(body.expand))
    if (scrollId && !scrollType) return shown(world, request, readScroll(scrolls, request, reply, scrollId), parts)
    if (scrollType && (body.keys || body.queue)) throw new Refusal(400, { errorMessages: ['Scroll is not supported'] })
    const found = findIssues(world, body, user)
    if (scrollType) return shown(world, request, openScroll(scrolls, request, reply, found), parts)
    return sendPage(request, reply, found).map(issue => issueDocument(form, issue, parts))
  })

  app.post('/issues/_count', async ({ body, caller }, reply) => {
    const { length } = findIssues(world, bodyFields(body), caller.user)
    return reply.type('application/json; charset=utf-8').send(`${length}`)
  })

  app.post('/system/search/scroll/_clear', async ({ body }) => {
    forgetScrolls(scrolls, Object.keys(bodyFields(body)))
    return {}
  })
}

/** Issues of a snapshot may have been moved or edited since; they are shown as they are now. */
const shown = (world: World, { caller }: FastifyRequest<Search>, ids: readonly string[], expand: readonly string[]) =>
  ids.flatMap(id => world.issue(id) ?? []).map(issue => issueDocument(caller.form, issue, expand))
