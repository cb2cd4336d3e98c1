import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../world/refusal.ts'
import type { ApiOptions } from './api-options.ts'
import { applicationRef } from './documents/references.ts'
import { sendList } from './requests/send-page.ts'

/** Which applications are registered ("Get a list of external applications"). */
export const applications: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get('/applications', async (request, reply) =>
    sendList(request, reply, world.applications(), world.settings()).map(application =>
      applicationRef(request.caller.form, application),
    ),
  )

  app.get<{ Params: { id: string } }>('/applications/:id', async ({ params, caller }) => {
    const application = world.application(params.id)
    if (!application) throw notFound(`Application ${params.id} does not exist.`)
    return applicationRef(caller.form, application)
  })
}
