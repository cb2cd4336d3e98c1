import type { FastifyPluginAsync, onRequestAsyncHookHandler } from 'fastify'
import type { Application } from '../config/schema.ts'
import type { MoveSearch } from '../links/find-moves.ts'
import { takeNews } from '../links/issue-news.ts'
import type { Links } from '../links/links.ts'
import { callFields } from '../logging/call.ts'
import type { Logger } from '../logging/logger.ts'
import { inFlight, isFull } from '../overload/calls-in-flight.ts'
import type { Load } from '../overload/front.ts'
import { overloaded } from '../overload/refuse-call.ts'
import { bodyFormProblem } from '../values/body-form.ts'
import { type AddressBook, takesTriggers } from './addresses/address-book.ts'
import { type Authorize, createAuthorizer } from './authorization/authorize.ts'
import { readTrigger } from './read-trigger.ts'
import { noBodyProblem } from './request-rules.ts'

const answer = {
  type: 'object',
  required: ['event', 'outcome'],
  properties: {
    event: { type: 'string' },
    outcome: { type: 'string' },
    issueKey: { type: 'string' },
    formerKeys: { type: 'array', items: { type: 'string' } },
    links: { type: 'integer' },
  },
} as const

type Options = {
  applications: ReadonlyMap<string, Application>
  addresses: AddressBook
  log: Logger
  links: Links
  moves: MoveSearch
  load: Load
}

/** The route of a trigger's address; undefined for any other. A creation of a link passes here as well. */
export const triggerRoute = (
  { method, url }: { method?: string | undefined; url?: string | undefined },
  addresses: AddressBook,
): string | undefined =>
  url !== undefined && takesTriggers(method) && addresses.triggersAt(url) !== undefined ? '/triggers' : undefined

/**
 * A trigger of Tracker tells that an issue was moved, closed or deleted (tracker contract, section 12). 200 with what became of
 * it, also when it is repeated. Any header `Content-Type` will do: the body is JSON.
 */
export const triggers: FastifyPluginAsync<Options> = async (app, options) => {
  const { applications, addresses, links, moves, log, load } = options
  const authorizers = authorizersOf(options)
  const admit: onRequestAsyncHookHandler = async request => {
    const applicationId = addresses.triggersAt(request.originalUrl) as string
    const application = applications.get(applicationId) as Application
    request.admission = { application }
    const authorize = authorizers.get(applicationId) as Authorize
    request.admission.actor = await authorize(request.headers, request)
    const problem = bodyFormProblem(request.headers) ?? noBodyProblem(request.headers)
    if (problem) throw problem
  }
  app.route({
    method: ['POST', 'PUT'],
    url: '/triggers',
    onRequest: admit,
    schema: { response: { 200: answer } },
    handler: async request => {
      const application = request.admission?.application as Application
      const news = readTrigger(request.body)
      if (isFull(load.triggers, application.id)) throw overloaded()
      const { change } = links
      const { database, findIssueOf } = moves
      const taken = await inFlight(
        load.triggers,
        application.id,
        takeNews({ database, change, findIssueOf }, application, news),
      )
      const about = { application: application.id, event: news.event, issueId: news.issueId, ...taken }
      log.info({ ...callFields(request), ...about }, 'a trigger of Tracker told of an issue')
      return { event: news.event, ...taken }
    },
  })
}

/** Who may tell news of issues, by application id. */
const authorizersOf = ({ applications, log }: Options): ReadonlyMap<string, Authorize> =>
  new Map(
    [...applications.values()].flatMap(({ id: applicationId, triggers: settings }) =>
      settings === undefined
        ? []
        : [[applicationId, createAuthorizer({ kind: 'token', tokens: [settings.token] }, { applicationId, log })]],
    ),
  )
