import type { FastifyPluginAsync } from 'fastify'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { expanded } from '../requests/read-parameters.ts'
import { checkVersion, findIssue } from './find-issue.ts'
import { readIssueEdits } from './read-edits.ts'

export const editIssue: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.patch<{ Querystring: { expand?: string } }>('/issues/:issue', async request => {
    const { user, form } = request.caller
    const issue = findIssue(world, request)
    checkVersion(request, issue, world.settings().versionRequired)
    const edits = readIssueEdits(world, request.body, issue)
    return issueDocument(form, world.editIssue(issue, edits, user), expanded(request.query.expand))
  })
}
