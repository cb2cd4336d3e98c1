import type { FastifyPluginAsync } from 'fastify'
import { formField } from '../../../web/read-form.ts'
import { Refusal } from '../../world/refusal.ts'
import { issueAt } from '../addresses.ts'
import type { PageOptions } from '../page-options.ts'
import { visibleKey } from '../visible-key.ts'
import { outcomeOf, tellChange } from './tell-change.ts'

/** The form "Add link". */
export const addLink: FastifyPluginAsync<PageOptions> = async (app, options) => {
  const { world, desk } = options
  app.post('/issues/:key/links', (request, reply) => {
    const issue = issueAt(world, request.params)
    const [id, key] = [formField(request.body, 'application'), formField(request.body, 'key')]
    return tellChange(reply, options, issue, async () => {
      const application = world.application(id)
      if (!application) throw new Refusal(422, { errorMessages: [`There is no application ${id}.`] })
      world.addRemoteLink({ issue, application, key, by: world.firstUser() })
      await world.saved()
      const record = await desk.createLink(application, issue.key, [key])
      return { issue, ...outcomeOf(`${visibleKey(key)} is linked`, record, application.name), next: 'key' }
    })
  })
}
