import type { FastifyPluginAsync } from 'fastify'
import type { XStatic } from 'typebox/schema'
import { invalidField } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { ownBody, ownSchemas, takeOwnBodies } from './requests/own-bodies.ts'

/** JSON Schema of the issues to plant. */
const plantedSchema = {
  type: 'array',
  maxItems: 100_000,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['queue'],
    properties: {
      queue: { type: 'string' },
      summary: { type: 'string', minLength: 1 },
      links: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['application', 'key'],
          properties: { application: { type: 'string' }, key: { type: 'string', minLength: 1 } },
        },
      },
    },
  },
} as const
type Planted = XStatic<typeof plantedSchema>

/** Issues with remote links by the thousand, as if they had always been there: no application is called. */
export const plantIssues: FastifyPluginAsync<{ world: World }> = async (app, { world }) => {
  const readPlanted = ownBody(ownSchemas.compile<Planted>(plantedSchema))
  takeOwnBodies(app)
  app.addHook('onSend', async () => world.saved())

  app.post('/sandbox/issues', { bodyLimit: 64 * 1024 * 1024 }, async ({ body }, reply) => {
    const planted = readPlanted(body)
    checkNames(world, planted)
    const by = world.firstUser()
    const made = planted.map(({ queue, summary = 'Planted', links = [] }) => {
      const issue = world.createIssue({ queue, summary }, by)
      const remoteLinks = links.flatMap(({ application: id, key }) => {
        const application = world.application(id)
        return application ? [world.addRemoteLink({ issue, application, key, by }).id] : []
      })
      return { id: issue.id, key: issue.key, remoteLinks }
    })
    return reply.code(201).send(made)
  })
}

/** Throws `Refusal` 422 before anything is made. */
function checkNames(world: World, planted: Planted): void {
  for (const [at, { queue, links = [] }] of planted.entries()) {
    if (!world.queue(queue)) throw invalidField(`${at}.queue`, `Queue ${queue} does not exist.`)
    for (const { application } of links)
      if (!world.application(application))
        throw invalidField(`${at}.links`, `Application ${application} does not exist.`)
    if (new Set(links.map(({ application, key }) => `${application} ${key}`)).size < links.length)
      throw invalidField(`${at}.links`, 'links has the same object twice.')
  }
}
