import type { FastifyPluginAsync } from 'fastify'
import { formField } from '../../../web/read-form.ts'
import { issueAt } from '../addresses.ts'
import type { PageOptions } from '../page-options.ts'
import { tellChange } from './tell-change.ts'

/** The form "Move issue". */
export const moveIssue: FastifyPluginAsync<PageOptions> = async (app, options) => {
  const { world } = options
  app.post('/issues/:key/move', (request, reply) => {
    const issue = issueAt(world, request.params)
    return tellChange(reply, options, issue, async () => {
      const moved = world.moveIssue(issue, formField(request.body, 'queue'), world.firstUser())
      return { issue: moved, text: `${issue.key} is ${moved.key} now. Applications are not told of a move.` }
    })
  })
}
