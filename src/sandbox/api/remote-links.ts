import type { FastifyPluginAsync } from 'fastify'
import type { Issue, RemoteLink } from '../world/records.ts'
import { notFound } from '../world/refusal.ts'
import { checkVersion, findIssue } from './find-issue.ts'
import type { ApiOptions } from './index.ts'
import { bodyFields, fieldFaults } from './read-body.ts'
import { isTrue } from './read-parameters.ts'
import { sendList } from './send-page.ts'

type OneLink = { Params: { issue: string; id: string } }

/** Links of an issue to objects of applications ("external links"). */
export const remoteLinks: FastifyPluginAsync<ApiOptions> = async (app, { world, calls }) => {
  const linkOf = (issue: Issue, id: string): RemoteLink => {
    const link = world.remoteLink(issue, id)
    if (!link) throw notFound(`Issue ${issue.key} has no remote link ${id}.`)
    return link
  }

  app.get('/issues/:issue/remotelinks', async (request, reply) => {
    const issue = findIssue(world, request)
    const links = sendList(request, reply, world.remoteLinksOf(issue), world.settings())
    return links.map(link => request.caller.documents.remoteLink(issue, link))
  })

  app.get<OneLink>('/issues/:issue/remotelinks/:id', async request => {
    const issue = findIssue(world, request)
    return request.caller.documents.remoteLink(issue, linkOf(issue, request.params.id))
  })

  app.post<{ Querystring: { backlink?: string } }>('/issues/:issue/remotelinks', async (request, reply) => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const body = bodyFields(request.body)
    const faults = fieldFaults()
    const relationship = faults.text(body, 'relationship')
    const key = faults.text(body, 'key')
    const origin = faults.text(body, 'origin')
    const application = origin === undefined ? undefined : world.application(origin)
    if (origin !== undefined && !application) faults.add('origin', `Application ${origin} does not exist.`)
    if (!application || key === undefined || relationship === undefined) throw faults.refusal()

    const link = world.addRemoteLink({ issue, application, key, relationship, by: request.caller.user })
    if (isTrue(request.query.backlink)) {
      // The application may ask for the link while it is told of it, so the link is kept first.
      await world.saved()
      await calls.createLink(application, issue.key, [key])
    }
    return reply.code(201).send(request.caller.documents.remoteLink(issue, link))
  })

  app.delete<OneLink>('/issues/:issue/remotelinks/:id', async (request, reply) => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const link = linkOf(issue, request.params.id)
    world.removeRemoteLink(issue, link, request.caller.user)
    const application = world.application(link.applicationId)
    if (application && world.settings().removalCallsApplication) {
      await world.saved()
      await calls.removeLink(application, issue.key, link.key)
    }
    return reply.code(204).send()
  })
}
