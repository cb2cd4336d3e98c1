import type { FastifyPluginAsync } from 'fastify'
import { ownBody, ownSchemas, takeOwnBodies } from '../api/requests/own-bodies.ts'
import { invalidField } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import type { CallDesk } from './call-desk.ts'
import {
  type DeskSettings,
  deskSettingsSchema,
  tokenSettings,
  type WrittenSettings,
  withSettings,
} from './desk-settings.ts'
import { completeFaults, faultsSchema, type WrittenFaults } from './faults.ts'

/** How programs steer the sandbox's calls: the faults, what is open about the calls, and the calls that were made. */
export const steerCalls: FastifyPluginAsync<{ world: World; desk: CallDesk }> = async (app, { world, desk }) => {
  const readFaults = ownBody(ownSchemas.compile<WrittenFaults>(faultsSchema))
  const readSettings = ownBody(ownSchemas.compile<WrittenSettings>(deskSettingsSchema))
  takeOwnBodies(app)

  app.get('/sandbox/faults', async () => desk.faults())
  app.put('/sandbox/faults', async ({ body }) => {
    desk.setFaults(completeFaults(readFaults(body)))
    return desk.faults()
  })

  app.get('/sandbox/call-settings', async () => settingsDocument(world, desk.settings()))
  app.put('/sandbox/call-settings', async ({ body }) => {
    const written = readSettings(body)
    checkApplications(world, written)
    desk.setSettings(withSettings(desk.settings(), written))
    return settingsDocument(world, desk.settings())
  })

  app.get('/sandbox/calls', async () => desk.log.list())
  app.delete('/sandbox/calls', async (_request, reply) => {
    desk.log.clear()
    return reply.code(204).send()
  })
}

/** Throws `Refusal` 422 for an application that is not registered. */
function checkApplications(world: World, { applications = {} }: WrittenSettings): void {
  const known = world.applications().map(({ id }) => id)
  const unknown = Object.keys(applications).find(id => !known.includes(id))
  if (unknown !== undefined)
    throw invalidField(`applications.${unknown}`, `${unknown} is not an application; there are: ${known.join(', ')}.`)
}

/** A token can be set, but is never shown. */
function settingsDocument(world: World, settings: DeskSettings) {
  const applications = world.applications().map(({ id }) => {
    const { userToken, ...shown } = tokenSettings(settings, id)
    return [id, { ...shown, hasUserToken: userToken !== '' }]
  })
  return { keyEncoding: settings.keyEncoding, applications: Object.fromEntries(applications) }
}
