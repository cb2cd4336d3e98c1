import type { FastifyPluginAsync } from 'fastify'
import type { Issue } from '../../world/records.ts'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { readableIssues } from '../issues/readable.ts'
import type { Body } from '../requests/read-body.ts'
import { expanded, isTrue } from '../requests/read-parameters.ts'
import { sendPage } from '../requests/send-page.ts'
import { findIssues } from './find-issues.ts'

type OldSearch = { Querystring: Partial<Record<'filter' | 'orderBy' | 'orderAsc' | 'expand', string>> }
type Suggest = { Querystring: { input?: string; queue?: string } }

/** Issues that are suggested to somebody who types. */
const suggestedMost = 10

/** Searches whose criteria are in the address. */
export const searchByAddress: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  // Undocumented: the official client's list of all issues, and the search of its older versions by a unique value.
  app.get<OldSearch>('/issues', async (request, reply) => {
    const { form, user } = request.caller
    const { filter, orderBy, orderAsc, expand, ...criteria } = request.query
    const order = orderBy && `${orderAsc === undefined || isTrue(orderAsc) ? '+' : '-'}${orderBy}`
    const body: Body = { ...criteria, ...(filter && { filter: readFilter(filter) }), order }
    const found = findIssues(world, body, user)
    return sendPage(request, reply, found).map(issue => issueDocument(form, issue, expanded(expand)))
  })

  app.get<Suggest>('/issues/_suggest', async ({ query, caller }) => {
    const input = (query.input ?? '').trim().toLowerCase()
    const inQueue = query.queue && world.queue(query.queue)?.key
    if (query.queue && !inQueue) throw notFound(`Queue ${query.queue} does not exist.`)
    const fits = ({ key, summary, queue }: Issue) =>
      (key.toLowerCase().startsWith(input) || summary.toLowerCase().includes(input)) &&
      (!query.queue || queue === inQueue)
    const suggested = input === '' ? [] : readableIssues(world).filter(fits).slice(0, suggestedMost)
    return suggested.map(issue => issueDocument(caller.form, issue))
  })
}

/** `field:value`, several with commas. Throws `Refusal` 400. */
function readFilter(text: string): Body {
  const parts = text.split(',').map(part => /^([^:]+):(.+)$/.exec(part))
  if (parts.includes(null)) throw new Refusal(400, { errors: { filter: `filter is ${text}, not field:value.` } })
  // A field that is named twice has one of both values, like a field with a list.
  const values = Object.groupBy(
    parts.filter(part => part !== null),
    ([, field = '']) => field,
  )
  return Object.fromEntries(Object.entries(values).map(([field, named]) => [field, named?.map(([, , value]) => value)]))
}
