import type { FastifyPluginAsync } from 'fastify'
import type { Application, Issue, RemoteLink } from '../../world/records.ts'
import { notFound } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiOptions } from '../api-options.ts'
import { remoteLinkDocument } from '../documents/link-documents.ts'
import { checkVersion, findIssue } from '../issues/find-issue.ts'
import { addFault, type FieldFaults, readText, refusalOf } from '../requests/field-faults.ts'
import { bodyFields } from '../requests/read-body.ts'
import { isTrue } from '../requests/read-parameters.ts'
import { sendList } from '../requests/send-page.ts'

type OneLink = { Params: { issue: string; id: string } }

/** Links of an issue to objects of applications ("external links"). */
export const remoteLinks: FastifyPluginAsync<ApiOptions> = async (app, { world, calls }) => {
  app.get('/issues/:issue/remotelinks', async (request, reply) => {
    const issue = findIssue(world, request)
    const links = sendList(request, reply, world.remoteLinksOf(issue), world.settings())
    return links.map(link => remoteLinkDocument(request.caller.form, issue, link))
  })

  app.get<OneLink>('/issues/:issue/remotelinks/:id', async request => {
    const issue = findIssue(world, request)
    return remoteLinkDocument(request.caller.form, issue, findLink(world, issue, request.params.id))
  })

  app.post<{ Querystring: { backlink?: string } }>('/issues/:issue/remotelinks', async (request, reply) => {
    const { form, user } = request.caller
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const wish = readWish(world, request.body)
    const link = world.addRemoteLink({ issue, by: user, ...wish })
    if (isTrue(request.query.backlink)) {
      // The application may ask for the link while it is told of it, so the link is stored first.
      await world.saved()
      await calls.createLink(wish.application, issue.key, [wish.key])
    }
    return reply.code(201).send(remoteLinkDocument(form, issue, link))
  })

  app.delete<OneLink>('/issues/:issue/remotelinks/:id', async (request, reply) => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const link = findLink(world, issue, request.params.id)
    world.removeRemoteLink(issue, link, request.caller.user)
    const application = world.application(link.applicationId)
    if (application && world.settings().removalCallsApplication) {
      await world.saved()
      await calls.removeLink(application, issue.key, link.key, link.linkedAs)
    }
    return reply.code(204).send()
  })
}

function findLink(world: World, issue: Issue, id: string): RemoteLink {
  const link = world.remoteLink(issue, id)
  if (!link) throw notFound(`Issue ${issue.key} has no remote link ${id}.`)
  return link
}

/** Throws `Refusal` 422. */
function readWish(world: World, written: unknown): { relationship: string; key: string; application: Application } {
  const body = bodyFields(written)
  const faults: FieldFaults = {}
  const relationship = readText(faults, body, 'relationship')
  const key = readText(faults, body, 'key')
  const origin = readText(faults, body, 'origin')
  const application = origin === undefined ? undefined : world.application(origin)
  if (origin !== undefined && !application) addFault(faults, 'origin', `Application ${origin} does not exist.`)
  if (!application || key === undefined || relationship === undefined) throw refusalOf(faults)
  return { relationship, key, application }
}
