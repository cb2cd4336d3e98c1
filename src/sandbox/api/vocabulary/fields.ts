import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import type { ApiOptions } from '../api-options.ts'
import { sendList } from '../requests/send-page.ts'
import { fieldCategories, issueFields } from './issue-fields.ts'

type One = { Params: { name: string } }

/** The official client reads the fields before any attribute of an issue; it needs `id` and `schema.type`. */
export const fields: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get('/fields', async (request, reply) =>
    sendList(request, reply, issueFields(request.caller.form), world.settings()),
  )

  app.get('/fields/categories', async ({ caller }) => fieldCategories(caller.form))

  app.get<One>('/fields/categories/:name', async ({ caller, params }) => {
    const category = fieldCategories(caller.form).find(({ id }) => id === params.name)
    if (!category) throw notFound(`Category ${params.name} does not exist.`)
    return category
  })

  app.get<One>('/fields/:name', async ({ caller, params }) => {
    const field = issueFields(caller.form).find(({ id }) => id === params.name)
    if (!field) throw notFound(`Field ${params.name} does not exist.`)
    return field
  })
}
