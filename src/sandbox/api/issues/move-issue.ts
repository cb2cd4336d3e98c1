import type { FastifyPluginAsync } from 'fastify'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { expanded, isTrue } from '../requests/read-parameters.ts'
import { checkVersion, findIssue } from './find-issue.ts'
import { readIssueEdits } from './read-edits.ts'

type Move = { Querystring: { queue?: string; initialStatus?: string; expand?: string } }

/** Moves an issue to another queue; the body may edit it at the same time. */
export const moveIssue: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.post<Move>('/issues/:issue/_move', async request => {
    const { user, form } = request.caller
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const { queue, initialStatus, expand } = request.query
    if (!queue) throw new Refusal(400, { errors: { queue: 'queue is missing in the address: ?queue=NEW.' } })
    const target = world.queue(queue)
    if (!target) throw notFound(`Queue ${queue} does not exist.`)
    const edits = readIssueEdits(world, request.body, issue)
    const moved = world.moveIssue(issue, target.key, user, { initialStatus: isTrue(initialStatus), edits })
    return issueDocument(form, moved, expanded(expand))
  })
}
