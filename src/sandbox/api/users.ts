import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../world/refusal.ts'
import type { ApiOptions } from './api-options.ts'
import { userDocument } from './documents/user-document.ts'
import { expanded, readCount } from './requests/read-parameters.ts'
import { sendPage } from './requests/send-page.ts'

/** Users, and the owner of the token. */
export const users: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<{ Querystring: { expand?: string } }>('/myself', async ({ caller, query }) => {
    const myself = {
      ...userDocument(caller.form, caller.user),
      ...(expanded(query.expand).includes('groups') && { groups: [] }),
    }
    return world.settings().myselfAsList ? [myself] : myself
  })

  app.get<{ Querystring: { perPage?: string; page?: string } }>('/users', async (request, reply) => {
    const { perPage, page } = request.query
    const all = world.users().map(user => userDocument(request.caller.form, user))
    // All of them, up to 10,000, unless a page is requested.
    return perPage || page ? sendPage(request, reply, all) : all
  })

  app.get<{ Querystring: { perPage?: string; id?: string } }>('/users/_relative', async ({ caller, query }) => {
    const all = world.users()
    const start = query.id ? all.findIndex(user => user.uid === query.id) + 1 : 0
    if (query.id && start === 0) throw notFound(`User ${query.id} does not exist.`)
    const page = all.slice(start, start + readCount(query.perPage, 'perPage', 50))
    return { users: page.map(user => userDocument(caller.form, user)), hasNext: start + page.length < all.length }
  })

  app.get<{ Params: { user: string } }>('/users/:user', async ({ caller, params }) => {
    const user = world.user(params.user)
    if (!user) throw notFound(`User ${params.user} does not exist.`)
    return userDocument(caller.form, user)
  })
}
