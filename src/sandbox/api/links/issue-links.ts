import type { FastifyPluginAsync } from 'fastify'
import type { Issue, IssueLink } from '../../world/records.ts'
import { notFound } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueLinkDocument } from '../documents/link-documents.ts'
import { checkVersion, findIssue } from '../issues/find-issue.ts'
import { type FieldFaults, readIssueName, readText, refuseFaults } from '../requests/field-faults.ts'
import { bodyFields } from '../requests/read-body.ts'
import { sendList } from '../requests/send-page.ts'

type OneLink = { Params: { issue: string; id: string } }

/** Links between issues. */
export const issueLinks: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get('/issues/:issue/links', async (request, reply) => {
    const issue = findIssue(world, request)
    const links = sendList(request, reply, world.issueLinksOf(issue), world.settings())
    return links.map(link => issueLinkDocument(request.caller.form, issue, link))
  })

  app.get<OneLink>('/issues/:issue/links/:id', async request => {
    const issue = findIssue(world, request)
    return issueLinkDocument(request.caller.form, issue, findLink(world, issue, request.params.id))
  })

  app.post('/issues/:issue/links', async (request, reply) => {
    const { form, user } = request.caller
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const { relationship, other } = readWish(world, request.body)
    const link = world.addIssueLink({ issue, other, relationship, by: user })
    return reply.code(201).send(issueLinkDocument(form, issue, link))
  })

  app.delete<OneLink>('/issues/:issue/links/:id', async (request, reply) => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    world.removeIssueLink(findLink(world, issue, request.params.id), request.caller.user)
    return reply.code(204).send()
  })
}

function findLink(world: World, issue: Issue, id: string): IssueLink {
  const link = world.issueLinksOf(issue).find(one => `${one.id}` === id)
  if (!link) throw notFound(`Issue ${issue.key} has no link ${id}.`)
  return link
}

function readWish(world: World, written: unknown): { relationship: string; other: Issue } {
  const body = bodyFields(written)
  const faults: FieldFaults = {}
  const relationship = readText(faults, body, 'relationship') ?? ''
  const name = readIssueName(faults, body, 'issue') ?? ''
  refuseFaults(faults)
  const other = world.issue(name)
  if (!other) throw notFound(`Issue ${name} does not exist.`)
  return { relationship, other }
}
