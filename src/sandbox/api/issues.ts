import type { FastifyPluginAsync } from 'fastify'
import { findIssue } from './find-issue.ts'
import type { ApiOptions } from './index.ts'

type Expand = { Querystring: { expand?: string | string[] } }

/** One issue: read, made, edited, moved. */
export const issues: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<Expand>('/issues/:issue', async request =>
    request.caller.documents.issue(findIssue(world, request), expanded(request.query.expand)),
  )
}

/** The parts that `expand` names; it may be empty, repeated, or hold several with commas. */
export const expanded = (expand: string | string[] | undefined): string[] =>
  [expand ?? []].flat().flatMap(text => text.split(','))
