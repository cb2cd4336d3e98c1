import type { FastifyPluginAsync } from 'fastify'
import { type CallSettings, callSettingsSchema } from './call-settings.ts'
import { completeFaults, faultsSchema, type WrittenFaults } from './faults.ts'
import type { CallDesk } from './make-calls.ts'

/** How the sandbox is steered by programs: the fault switches, what is open about the calls, and the calls that were made. */
export const callControl: FastifyPluginAsync<{ desk: CallDesk }> = async (app, { desk }) => {
  app.get('/sandbox/faults', async () => desk.faults())
  app.put('/sandbox/faults', { schema: { body: faultsSchema } }, async request => {
    desk.setFaults(completeFaults(request.body as WrittenFaults))
    return desk.faults()
  })

  app.get('/sandbox/call-settings', async () => withoutToken(desk.settings()))
  app.put('/sandbox/call-settings', { schema: { body: callSettingsSchema } }, async request => {
    desk.setSettings({ ...desk.settings(), ...(request.body as Partial<CallSettings>) })
    return withoutToken(desk.settings())
  })

  app.get('/sandbox/calls', async () => desk.log.list())
  app.delete('/sandbox/calls', async (_request, reply) => {
    desk.log.clear()
    return reply.code(204).send()
  })
}

/** A token is taken and never shown. */
const withoutToken = ({ userToken, ...settings }: CallSettings) => ({ ...settings, hasUserToken: userToken !== '' })
