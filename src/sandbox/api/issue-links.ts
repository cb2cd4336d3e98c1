import type { FastifyPluginAsync } from 'fastify'
import type { Issue, IssueLink } from '../world/records.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import { checkVersion, findIssue } from './find-issue.ts'
import type { ApiOptions } from './index.ts'
import { bodyFields, fieldFaults } from './read-body.ts'
import { sendList } from './send-page.ts'

type OneLink = { Params: { issue: string; id: string } }

/** Links between issues. */
export const issueLinks: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  const linkOf = (issue: Issue, id: string): IssueLink => {
    const link = world.issueLinksOf(issue).find(one => `${one.id}` === id)
    if (!link) throw notFound(`Issue ${issue.key} has no link ${id}.`)
    return link
  }

  app.get('/issues/:issue/links', async (request, reply) => {
    const issue = findIssue(world, request)
    const links = sendList(request, reply, world.issueLinksOf(issue), world.settings())
    return links.map(link => request.caller.documents.issueLink(issue, link))
  })

  app.get<OneLink>('/issues/:issue/links/:id', async request => {
    const issue = findIssue(world, request)
    return request.caller.documents.issueLink(issue, linkOf(issue, request.params.id))
  })

  app.post('/issues/:issue/links', async (request, reply) => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const body = bodyFields(request.body)
    const faults = fieldFaults()
    const relationship = faults.text(body, 'relationship')
    const name = faults.issue(body, 'issue')
    faults.refuse()
    const other = world.issue(name ?? '')
    if (!other) throw notFound(`Issue ${name} does not exist.`)
    const link = world.addIssueLink({ issue, other, relationship: relationship ?? '', by: request.caller.user })
    return reply.code(201).send(request.caller.documents.issueLink(issue, link))
  })

  app.delete<OneLink>('/issues/:issue/links/:id', async (request, reply) => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    world.removeIssueLink(linkOf(issue, request.params.id), request.caller.user)
    return reply.code(204).send()
  })

  // Methods of the official client: the other issue and the relationship come in a header `Link`.
  app.route({
    method: 'LINK',
    url: '/issues/:issue',
    async handler(request, reply) {
      const issue = findIssue(world, request)
      const { other, relationship } = readLinkHeader(request.headers.link)
      world.addIssueLink({ issue, other, relationship, by: request.caller.user })
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'UNLINK',
    url: '/issues/:issue',
    async handler(request, reply) {
      const issue = findIssue(world, request)
      const { other, relationship } = readLinkHeader(request.headers.link)
      const link = world.findIssueLink(issue, other, relationship)
      if (!link) throw notFound(`Issue ${issue.key} is not linked to ${other.key} by ${relationship}.`)
      world.removeIssueLink(link, request.caller.user)
      return reply.code(204).send()
    },
  })

  function readLinkHeader(header: string | string[] | undefined): { other: Issue; relationship: string } {
    const [, address, relationship] =
      /^\s*<([^>]*)>\s*;\s*rel="?([^"]*)"?\s*$/.exec([header ?? []].flat().join(', ')) ?? []
    if (address === undefined || relationship === undefined)
      throw new Refusal(400, { errorMessages: ['The header Link is missing, or is not <issue>; rel="relationship".'] })
    const name = address.split('/').at(-1) ?? ''
    const other = world.issue(name)
    if (!other) throw notFound(`Issue ${name} does not exist.`)
    return { other, relationship }
  }
}
