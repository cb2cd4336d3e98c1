import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import type { ApiOptions } from '../api-options.ts'
import { queueDocument } from '../documents/queue-document.ts'
import { sendList } from '../requests/send-page.ts'

export const queues: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get('/queues', async (request, reply) =>
    sendList(request, reply, world.queues(), world.settings()).map(queue => queueDocument(request.caller.form, queue)),
  )

  app.get<{ Params: { name: string } }>('/queues/:name', async ({ caller, params }) => {
    const queue = world.queue(params.name)
    if (!queue) throw notFound(`Queue ${params.name} does not exist.`)
    return queueDocument(caller.form, queue)
  })
}
