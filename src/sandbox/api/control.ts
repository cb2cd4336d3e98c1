import type { FastifyPluginAsync } from 'fastify'
import { type Settings, settingsSchema } from '../world/settings.ts'
import type { World } from '../world/world.ts'
import { ownBody, ownSchemas, takeOwnBodies } from './own-bodies.ts'
import type { RequestCounts } from './request-counts.ts'

export type ControlOptions = { world: World; counts: RequestCounts }

/** What Tracker does not have: the sandbox's own settings, its state, and what was asked of it. */
export const control: FastifyPluginAsync<ControlOptions> = async (app, { world, counts }) => {
  const readSettings = ownBody(ownSchemas.compile<Partial<Settings>>(settingsSchema))
  takeOwnBodies(app)
  app.addHook('onSend', async () => world.saved())

  app.get('/sandbox/settings', async () => world.settings())

  app.put('/sandbox/settings', async ({ body }) => world.changeSettings(readSettings(body)))

  app.get('/sandbox/world', async () => ({
    organization: world.organization,
    // The fixed tokens of the registrations are nobody's to read.
    applications: world.applications().map(application => ({ ...application, oauthToken: undefined })),
    users: world.users(),
    queues: world.queues(),
    issues: world.issues(),
    remoteLinks: world.issues().flatMap(world.remoteLinksOf),
    issueLinks: world.issues().flatMap(issue => world.issueLinksOf(issue).filter(link => link.outwardOf === issue.id)),
  }))

  app.get('/sandbox/requests', async () => counts.read())

  app.delete('/sandbox/requests', async (_request, reply) => {
    counts.clear()
    return reply.code(204).send()
  })
}
