import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { expanded } from '../requests/read-parameters.ts'
import { findIssue } from './find-issue.ts'

/** One issue, by its key or by its unique value. */
export const readIssues: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<{ Querystring: { expand?: string } }>('/issues/:issue', async request =>
    issueDocument(request.caller.form, findIssue(world, request), expanded(request.query.expand)),
  )

  app.post<{ Querystring: { unique?: string } }>('/issues/_findByUnique', async ({ query, caller }) => {
    const { unique = '' } = query
    const issue = world.findUnique(unique)
    if (!issue) throw notFound(`No issue has the unique value ${unique}.`)
    return issueDocument(caller.form, issue)
  })

  // The sandbox has none of these; clients that look for them find none.
  for (const part of ['transitions', 'comments', 'attachments', 'worklog'])
    app.get(`/issues/:issue/${part}`, async request => {
      findIssue(world, request)
      return []
    })
}
