import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../world/refusal.ts'
import type { ApiOptions } from './index.ts'
import { expanded, readCount } from './read-parameters.ts'
import { sendPage } from './send-page.ts'

/** Users, and whose token it is. */
export const users: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<{ Querystring: { expand?: string } }>('/myself', async ({ caller, query }) => {
    const myself = {
      ...caller.documents.user(caller.user),
      ...(expanded(query.expand).includes('groups') && { groups: [] }),
    }
    return world.settings().myselfAsList ? [myself] : myself
  })

  app.get<{ Querystring: { perPage?: string; page?: string } }>('/users', async (request, reply) => {
    const { perPage, page } = request.query
    const all = world.users().map(request.caller.documents.user)
    // All of them, up to 10,000, unless a page is asked for.
    return perPage || page ? sendPage(request, reply, all) : all
  })

  app.get<{ Querystring: { perPage?: string; id?: string } }>('/users/_relative', async ({ caller, query }) => {
    const all = world.users()
    const start = query.id ? all.findIndex(user => user.uid === query.id) + 1 : 0
    const page = all.slice(start, start + readCount(query.perPage, 'perPage', 50))
    return { users: page.map(caller.documents.user), hasNext: start + page.length < all.length }
  })

  app.get<{ Params: { user: string } }>('/users/:user', async ({ caller, params }) => {
    const user = world.user(params.user)
    if (!user) throw notFound(`User ${params.user} does not exist.`)
    return caller.documents.user(user)
  })
}
