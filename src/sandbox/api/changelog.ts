import type { FastifyPluginAsync } from 'fastify'
import type { ChangelogEntry, Issue, IssueLink } from '../world/records.ts'
import type { Documents } from './documents.ts'
import { findIssue } from './find-issue.ts'
import type { ApiOptions } from './index.ts'
import { readCount } from './read-parameters.ts'
import { addressWith, setLinks } from './send-page.ts'

type Page = { Querystring: { id?: string; perPage?: string; field?: string; type?: string } }

/** The history of an issue ("Get the history of issue changes"). Links to objects leave no trace in it. */
export const changelog: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<Page>('/issues/:issue/changelog', async (request, reply) => {
    const issue = findIssue(world, request)
    const { id, perPage: size, field, type } = request.query
    const perPage = readCount(size, 'perPage', 50)
    const wanted = world
      .changelogOf(issue)
      .filter(entry => !type || entry.type === type)
      .filter(entry => !field || entry.fields?.some(changed => changed.field === field))
    const start = id ? wanted.findIndex(entry => entry.id === id) + 1 : 0
    const page = wanted.slice(start, start + perPage)
    const last = page.at(-1)
    setLinks(reply, [
      ['first', addressWith(request, { id: undefined, perPage })],
      ...(last && start + perPage < wanted.length
        ? ([['next', addressWith(request, { id: last.id, perPage })]] as const)
        : []),
    ])
    return page.map(entry => show(request.caller.documents, issue, entry))
  })
}

function show(documents: Documents, issue: Issue, entry: ChangelogEntry) {
  const { id, updatedAt, updatedBy, type, fields, links, comments, executedTriggers } = entry
  return {
    id,
    self: documents.self('issues', issue.key, 'changelog', id),
    issue: documents.issueRef(issue),
    updatedAt,
    updatedBy: documents.userRef(updatedBy),
    type,
    transport: 'api',
    ...(fields && {
      fields: fields.map(({ field, from, to }) => ({
        field: { self: documents.self('fields', field), id: field, display: field },
        from: showValue(documents, field, from),
        to: showValue(documents, field, to),
      })),
    }),
    ...(links && {
      links: links.map(({ from, to }) => ({
        from: showLink(documents, issue, from),
        to: showLink(documents, issue, to),
      })),
    }),
    ...(comments && {
      comments: {
        added: comments.map(({ id, text }) => ({
          self: documents.self('issues', issue.key, 'comments', id),
          id,
          display: text,
        })),
      },
    }),
    ...(executedTriggers && {
      executedTriggers: executedTriggers.map(({ queue, id, name, success, message }) => ({
        trigger: { self: documents.self('queues', queue, 'triggers', id), id: `${id}`, display: name },
        success,
        message,
      })),
    }),
  }
}

function showLink(documents: Documents, issue: Issue, link: IssueLink | null) {
  if (!link) return null
  const { direction, object, type } = documents.issueLink(issue, link)
  return { direction, object, type }
}

/** A changed value as the issue itself would print it. */
function showValue(documents: Documents, field: string, value: unknown): unknown {
  if (Array.isArray(value) && value.length === 0) return null
  if (Array.isArray(value) && field === 'followers') return value.map(uid => documents.userRef(`${uid}`))
  if (typeof value !== 'string') return value
  if (field === 'assignee') return documents.userRef(value)
  if (field === 'queue') return documents.queueRef(value)
  if (field === 'type') return documents.issueType(value)
  if (field === 'status') return documents.status(value)
  return field === 'priority' ? documents.priority(value) : value
}
