import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import { issueAt } from '../addresses.ts'
import type { PageOptions } from '../page-options.ts'
import { visibleKey } from '../visible-key.ts'
import { outcomeOf, tellChange } from './tell-change.ts'

/** The button "Remove" of a card. */
export const removeLink: FastifyPluginAsync<PageOptions> = async (app, options) => {
  const { world, desk } = options
  app.post('/issues/:key/links/:id/remove', (request, reply) => {
    const issue = issueAt(world, request.params)
    const link = world.remoteLink(issue, (request.params as { id: string }).id)
    return tellChange(reply, options, issue, async () => {
      if (!link) throw notFound('This link was already removed.')
      world.removeRemoteLink(issue, link, world.firstUser())
      const application = world.application(link.applicationId)
      if (!application || !world.settings().removalCallsApplication)
        return { issue, text: `${visibleKey(link.key)} is removed. No application was called.` }
      await world.saved()
      const record = await desk.removeLink(application, issue.key, link.key, link.linkedAs)
      return { issue, ...outcomeOf(`${visibleKey(link.key)} is removed`, record, application.name) }
    })
  })
}
