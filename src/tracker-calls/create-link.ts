import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { onRequestHookHandler } from 'fastify'
import Type from 'typebox'
import { Problem } from '../errors/problem.ts'
import { unknownKeys } from '../linked-objects/object-info.ts'
import { createLinks } from '../links/create-links.ts'
import type { LinkStore } from '../storage/link-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type IssueKey, issueKeyPattern, issueKeyRule, parseIssueKey } from '../tracker-contract/issue-key.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyMaxLength, remoteKeyRule } from '../tracker-contract/remote-key.ts'
import type { Gate } from './admission.ts'
import { contentTypeProblem } from './request-rules.ts'

const keyMend = `Send each key as a string: ${remoteKeyRule}; or as a whole number written in digits.`

const body = Type.Object(
  {
    issueKey: Type.String({ pattern: issueKeyPattern, description: `Send an issue key: ${issueKeyRule}.` }),
    entityIds: Type.Array(Type.String({ minLength: 1, maxLength: remoteKeyMaxLength, description: keyMend }), {
      minItems: 1,
      maxItems: 1_000,
      description: 'Send an array of 1 to 1,000 object keys.',
    }),
  },
  { description: 'Send an object with `issueKey` and `entityIds`.' },
)

const answer = Type.Object({
  issueKey: Type.String(),
  links: Type.Array(Type.Object({ remoteKey: Type.String(), created: Type.Boolean() })),
})

type Options = { gate: Gate<'createLink'>; links: LinkStore; objects: ObjectStore }

const takesJson: onRequestHookHandler = (request, _reply, done) =>
  done(contentTypeProblem(request.headers['content-type']))

/**
 * Create link: Tracker tells that an issue was linked to objects (`createLinkUrl`).
 * 201 where a link is new, 200 where all were there already, 422 where the application rejects unknown objects.
 */
export const createLink: FastifyPluginAsyncTypebox<Options> = async (app, { gate, links, objects }) => {
  app.post(
    '/',
    { onRequest: [gate.admit, takesJson], schema: { body, response: { 200: answer, 201: answer } } },
    async (request, reply) => {
      const { application, actor } = gate.admitted(request)
      const issueKey = parseIssueKey(request.body.issueKey) as IssueKey
      const remoteKeys = request.body.entityIds.map(toRemoteKey)

      if (application.unknownObjects === 'reject') {
        const unknown = await unknownKeys(objects, application.id, remoteKeys)
        if (unknown.length > 0) throw unknownObjects(application.id, remoteKeys, unknown)
      }
      const created = await createLinks(links, { applicationId: application.id, issueKey, remoteKeys, actor })
      return reply.code(created.some(link => link.created) ? 201 : 200).send({ issueKey, links: created })
    },
  )
}

function toRemoteKey(text: string, index: number): RemoteKey {
  const key = parseRemoteKey(text)
  if (key !== undefined) return key
  const fault = { field: `entityIds/${index}`, rule: `must be ${remoteKeyRule}`, mend: keyMend }
  throw new Problem('body-invalid', `entityIds/${index} is not a key.`, { faults: [fault] })
}

function unknownObjects(applicationId: string, asked: readonly RemoteKey[], unknown: readonly RemoteKey[]): Problem {
  const faults = unknown.map(key => ({
    field: `entityIds/${asked.indexOf(key)}`,
    rule: `must be the key of an object of ${applicationId}; ${JSON.stringify(key)} is none`,
    mend: 'Import the object first, or leave the key out.',
  }))
  return new Problem('objects-unknown', `${unknown.length} of ${asked.length} keys have no object.`, { faults })
}
