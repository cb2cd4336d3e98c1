import type { FastifyPluginAsync, onRequestHookHandler } from 'fastify'
import type { XStatic } from 'typebox/schema'
import { invalidInput } from '../errors/problem.ts'
import { createLinks } from '../links/create-links.ts'
import type { Links } from '../links/links.ts'
import { inCall } from '../logging/call.ts'
import { inFlight } from '../overload/calls-in-flight.ts'
import type { Load } from '../overload/front.ts'
import { type IssueKey, issueKeyPattern, issueKeyRule, parseIssueKey } from '../tracker-contract/issue-key.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyMaxLength, remoteKeyRule } from '../tracker-contract/remote-key.ts'
import { bodyFormProblem } from '../values/body-form.ts'
import type { Gate } from './admission.ts'
import { contentTypeProblem, noBodyProblem } from './request-rules.ts'

const keyHint = `Send each key as a string: ${remoteKeyRule}; or as a whole number written in digits.`

const body = {
  type: 'object',
  description: 'Send an object with `issueKey` and `entityIds`.',
  required: ['issueKey', 'entityIds'],
  properties: {
    issueKey: { type: 'string', pattern: issueKeyPattern, description: `Send an issue key: ${issueKeyRule}.` },
    entityIds: {
      type: 'array',
      description: 'Send an array of 1 to 1,000 object keys.',
      minItems: 1,
      maxItems: 1_000,
      items: { type: 'string', minLength: 1, maxLength: remoteKeyMaxLength, description: keyHint },
    },
  },
} as const

const link = {
  type: 'object',
  required: ['remoteKey', 'created'],
  properties: { remoteKey: { type: 'string' }, created: { type: 'boolean' } },
} as const

const answer = {
  type: 'object',
  required: ['issueKey', 'links'],
  properties: { issueKey: { type: 'string' }, links: { type: 'array', items: link } },
} as const

type Options = { gate: Gate<'createLink'>; links: Links; load: Load }

const takesJson: onRequestHookHandler = ({ headers }, _reply, done) =>
  done(contentTypeProblem(headers['content-type']) ?? bodyFormProblem(headers) ?? noBodyProblem(headers))

/**
 * Create link: Tracker tells that an issue was linked to objects (`createLinkUrl`).
 * 201 if a link is new, 200 if all existed already, 422 if the application rejects unknown objects.
 */
export const createLink: FastifyPluginAsync<Options> = async (app, { gate, links, load }) => {
  app.post<{ Body: XStatic<typeof body> }>(
    '/',
    { onRequest: [gate.admit, takesJson], schema: { body, response: { 200: answer, 201: answer } } },
    async (request, reply) => {
      const { application, actor } = gate.admitted(request)
      const issueKey = parseIssueKey(request.body.issueKey) as IssueKey
      const remoteKeys = request.body.entityIds.map(toRemoteKey)

      const wish = { application, issueKey, remoteKeys, actor, keysName: 'entityIds' }
      const created = await inFlight(
        load.changes,
        application.id,
        inCall(request, () => createLinks(links, wish)),
      )
      reply.code(created.some(link => link.created) ? 201 : 200)
      return { issueKey, links: created }
    },
  )
}

function toRemoteKey(text: string, index: number): RemoteKey {
  const key = parseRemoteKey(text)
  if (key !== undefined) return key
  const fault = { field: `entityIds/${index}`, rule: `must be ${remoteKeyRule}`, hint: keyHint }
  throw invalidInput('body-invalid', [fault], `entityIds/${index} is not a key.`)
}
