import type { FastifyPluginAsync } from 'fastify'
import type { CallSettings } from '../../application-calls/call-settings.ts'
import { ownBody, ownSchemas, takeOwnBodies } from '../api/requests/own-bodies.ts'
import type { CallDesk } from './call-desk.ts'
import { callSettingsSchema } from './call-settings-schema.ts'
import { completeFaults, faultsSchema, type WrittenFaults } from './faults.ts'

/** How programs steer the sandbox's calls: the faults, what is open about the calls, and the calls that were made. */
export const steerCalls: FastifyPluginAsync<{ desk: CallDesk }> = async (app, { desk }) => {
  const readFaults = ownBody(ownSchemas.compile<WrittenFaults>(faultsSchema))
  const readSettings = ownBody(ownSchemas.compile<Partial<CallSettings>>(callSettingsSchema))
  takeOwnBodies(app)

  app.get('/sandbox/faults', async () => desk.faults())
  app.put('/sandbox/faults', async ({ body }) => {
    desk.setFaults(completeFaults(readFaults(body)))
    return desk.faults()
  })

  app.get('/sandbox/call-settings', async () => withoutToken(desk.settings()))
  app.put('/sandbox/call-settings', async ({ body }) => {
    desk.setSettings({ ...desk.settings(), ...readSettings(body) })
    return withoutToken(desk.settings())
  })

  app.get('/sandbox/calls', async () => desk.log.list())
  app.delete('/sandbox/calls', async (_request, reply) => {
    desk.log.clear()
    return reply.code(204).send()
  })
}

/** A token can be set, but is never shown. */
const withoutToken = ({ userToken, ...settings }: CallSettings) => ({ ...settings, hasUserToken: userToken !== '' })
