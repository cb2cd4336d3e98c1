import { Ajv } from 'ajv'
import type { FastifyPluginAsync } from 'fastify'
import type { World } from '../world.ts'
import { Refusal } from '../world-refusal.ts'
import { type Settings, settingsSchema } from '../world-settings.ts'
import { answerErrors } from './answer-errors.ts'
import { parseBody } from './read-body.ts'
import type { RequestCounts } from './request-counts.ts'

export type ControlOptions = { world: World; counts: RequestCounts }

/** What Tracker does not have: the sandbox's own settings, its state, and what was asked of it. */
export const control: FastifyPluginAsync<ControlOptions> = async (app, { world, counts }) => {
  const isSettings = new Ajv({ allErrors: true }).compile<Partial<Settings>>(settingsSchema)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => parseBody(bytes))
  app.addHook('onSend', async () => world.saved())
  answerErrors(app)

  app.get('/sandbox/settings', async () => world.settings())

  app.put('/sandbox/settings', async ({ body }) => {
    if (isSettings(body)) return world.changeSettings(body)
    const faults = (isSettings.errors ?? []).map(({ instancePath, message, params }) => [
      instancePath.slice(1).replaceAll('/', '.') || String(params.additionalProperty ?? 'body'),
      `${message}${Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(', ')}` : ''}`,
    ])
    throw new Refusal(422, { errors: Object.fromEntries(faults) })
  })

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
