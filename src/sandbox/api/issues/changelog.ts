import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import type { ApiOptions } from '../api-options.ts'
import { changelogDocument } from '../documents/changelog-document.ts'
import { readCount } from '../requests/read-parameters.ts'
import { addressWith, setLinks } from '../requests/send-page.ts'
import { findIssue } from './find-issue.ts'

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
    if (id && start === 0) throw notFound(`The changelog of ${issue.key} has no such entry ${id}.`)
    const page = wanted.slice(start, start + perPage)
    const last = page.at(-1)
    setLinks(reply, [
      ['first', addressWith(request, { id: undefined, perPage })],
      ...(last && start + perPage < wanted.length
        ? ([['next', addressWith(request, { id: last.id, perPage })]] as const)
        : []),
    ])
    return page.map(entry => changelogDocument(request.caller.form, issue, entry))
  })
}
