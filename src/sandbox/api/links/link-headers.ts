import type { FastifyPluginAsync } from 'fastify'
import type { Issue } from '../../world/records.ts'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiOptions } from '../api-options.ts'
import { findIssue } from '../issues/find-issue.ts'

/** Methods of the official client: the other issue and the relationship come in a header `Link`. */
export const linkHeaders: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.route({
    method: 'LINK',
    url: '/issues/:issue',
    async handler(request, reply) {
      const issue = findIssue(world, request)
      const { other, relationship } = readLinkHeader(world, request.headers.link)
      world.addIssueLink({ issue, other, relationship, by: request.caller.user })
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'UNLINK',
    url: '/issues/:issue',
    async handler(request, reply) {
      const issue = findIssue(world, request)
      const { other, relationship } = readLinkHeader(world, request.headers.link)
      const link = world.findIssueLink(issue, other, relationship)
      if (!link) throw notFound(`Issue ${issue.key} is not linked to ${other.key} by ${relationship}.`)
      world.removeIssueLink(link, request.caller.user)
      return reply.code(204).send()
    },
  })
}

function readLinkHeader(world: World, header: string | string[] | undefined): { other: Issue; relationship: string } {
  const [, address, relationship] =
    /^\s*<([^>]*)>\s*;\s*rel="?([^"]*)"?\s*$/.exec([header ?? []].flat().join(', ')) ?? []
  if (address === undefined || relationship === undefined)
    throw new Refusal(400, { errorMessages: ['The header Link is missing, or is not <issue>; rel="relationship".'] })
  const name = address.split('/').at(-1) ?? ''
  const other = world.issue(name)
  if (!other) throw notFound(`Issue ${name} does not exist.`)
  return { other, relationship }
}
