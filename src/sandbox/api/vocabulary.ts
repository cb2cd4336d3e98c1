import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../world/refusal.ts'
import { issueTypes, linkTypes, priorities, statuses, type Word } from '../world/vocabulary.ts'
import type { ApiOptions } from './index.ts'
import { fieldCategories, issueFields } from './issue-fields.ts'
import { sendList } from './send-page.ts'

type One = { Params: { name: string } }

/** What issues are described with: queues, fields, types, statuses, priorities, types of links. Clients follow `self` here. */
export const vocabulary: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get('/queues', async (request, reply) =>
    sendList(request, reply, world.queues(), world.settings()).map(request.caller.documents.queue),
  )

  app.get<One>('/queues/:name', async ({ caller, params }) => {
    const queue = world.queue(params.name)
    if (!queue) throw notFound(`Queue ${params.name} does not exist.`)
    return caller.documents.queue(queue)
  })

  app.get('/linktypes', async ({ caller }) => linkTypes.map(({ id }) => caller.documents.linkType(id)))

  app.get<One>('/linktypes/:name', async ({ caller, params }) => {
    const type = linkTypes.find(({ id }) => id === params.name)
    if (!type) throw notFound(`Link type ${params.name} does not exist.`)
    return caller.documents.linkType(type.id)
  })

  // The official client reads the fields before any attribute of an issue; it needs `id` and `schema.type`.
  app.get('/fields', async (request, reply) =>
    sendList(request, reply, issueFields(request.caller.documents), world.settings()),
  )

  app.get('/fields/categories', async ({ caller }) => fieldCategories(caller.documents))

  app.get<One>('/fields/categories/:name', async ({ caller, params }) => {
    const category = fieldCategories(caller.documents).find(({ id }) => id === params.name)
    if (!category) throw notFound(`Category ${params.name} does not exist.`)
    return category
  })

  app.get<One>('/fields/:name', async ({ caller, params }) => {
    const field = issueFields(caller.documents).find(({ id }) => id === params.name)
    if (!field) throw notFound(`Field ${params.name} does not exist.`)
    return field
  })

  // No issue here has a resolution; clients that look for them find none.
  const collections = { issuetypes: issueTypes, statuses, priorities, resolutions: [] }
  for (const [collection, words] of Object.entries<readonly Word[]>(collections)) {
    const show = (self: (...path: string[]) => string, { id, key, name }: Word) => ({
      self: self(collection, id),
      id: Number(id),
      version: 1,
      key,
      name,
    })
    app.get(`/${collection}`, async ({ caller }) => words.map(word => show(caller.documents.self, word)))
    app.get<One>(`/${collection}/:name`, async ({ caller, params }) => {
      const word = words.find(({ id, key }) => id === params.name || key === params.name)
      if (!word) throw notFound(`${collection} has no ${params.name}.`)
      return show(caller.documents.self, word)
    })
  }
}
