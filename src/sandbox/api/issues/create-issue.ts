import type { FastifyPluginAsync } from 'fastify'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { bodyFields } from '../requests/read-body.ts'
import { addIssue } from './add-issue.ts'

export const createIssue: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.post('/issues', async ({ body, caller }, reply) => {
    const issue = addIssue(world, bodyFields(body), {}, caller.user)
    return reply.code(201).send(issueDocument(caller.form, issue))
  })
}
