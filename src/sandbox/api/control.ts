import type { FastifyPluginAsync } from 'fastify'
import { type Settings, settingsSchema } from '../world/settings.ts'
import type { World } from '../world/world.ts'
import { ownBody, ownSchemas, takeOwnBodies } from './requests/own-bodies.ts'
import { clearCounts, type RequestCounts, readCounts } from './requests/request-counts.ts'

export type ControlOptions = { world: World; counts: RequestCounts }

/** What Tracker does not have: the settings of the sandbox, its state, and the requests that it got. */
export const control: FastifyPluginAsync<ControlOptions> = async (app, { world, counts }) => {
  const readSettings = ownBody(ownSchemas.compile<Partial<Settings>>(settingsSchema))
  takeOwnBodies(app)
  app.addHook('onSend', async () => world.saved())

  app.get('/sandbox/settings', async () => world.settings())

  app.put('/sandbox/settings', async ({ body }) => world.changeSettings(readSettings(body)))

  app.get('/sandbox/world', async () => ({
    organization: world.organization,
    // Nobody may read the fixed tokens of the registrations.
    applications: world.applications().map(application => ({ ...application, oauthToken: undefined })),
    users: world.users(),
    queues: world.queues(),
    issues: world.issues(),
    remoteLinks: world.issues().flatMap(world.remoteLinksOf),
    issueLinks: world.issues().flatMap(issue => world.issueLinksOf(issue).filter(link => link.outwardOf === issue.id)),
  }))

  app.get('/sandbox/requests', async () => readCounts(counts))

  app.get('/sandbox/requests/log', async () => counts.log.requests)

  app.delete('/sandbox/requests', async (_request, reply) => {
    clearCounts(counts)
    return reply.code(204).send()
  })
}
