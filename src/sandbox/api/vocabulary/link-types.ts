import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import { linkTypes as types } from '../../world/vocabulary.ts'
import type { ApiOptions } from '../api-options.ts'
import { linkTypeRef } from '../documents/references.ts'

export const linkTypes: FastifyPluginAsync<ApiOptions> = async app => {
  app.get('/linktypes', async ({ caller }) => types.map(({ id }) => linkTypeRef(caller.form, id)))

  app.get<{ Params: { name: string } }>('/linktypes/:name', async ({ caller, params }) => {
    const type = types.find(({ id }) => id === params.name)
    if (!type) throw notFound(`Link type ${params.name} does not exist.`)
    return linkTypeRef(caller.form, type.id)
  })
}
