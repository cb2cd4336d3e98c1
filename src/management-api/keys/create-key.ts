import type { FastifyPluginAsync } from 'fastify'
import type { XStatic } from 'typebox/schema'
import type { Application } from '../../config/schema.ts'
import { type Fault, invalidInput, Problem } from '../../errors/problem.ts'
import { createApiKey } from '../../storage/keys/api-keys.ts'
import { newApiKey, scopes } from '../api-key.ts'
import { callerOf, mayUse } from '../authenticate.ts'
import type { ApiCaller } from '../known-callers.ts'
import type { OnlyOnce } from '../only-once.ts'
import { keyJson, keySchema } from './key-json.ts'
import { isWithin } from './key-reach.ts'
import { longestName, nameRule, parseExpiry } from './key-rules.ts'

const body = {
  type: 'object',
  required: ['name', 'scopes'],
  additionalProperties: false,
  description: 'Send a JSON object with `name` and `scopes`.',
  properties: {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: longestName,
      description: `Name of the caller, which the history of links shows. 1 to ${longestName} characters.`,
    },
    scopes: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: scopes, description: `One of ${scopes.join(', ')}.` },
      description: 'What the key may do, at least one; `admin` is everything, API keys included.',
    },
    applications: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', description: 'The id of an application, as in the configuration.' },
      description: 'Ids of the applications to which the key is limited; empty or left out: all.',
    },
    expiresAt: {
      type: 'string',
      maxLength: 40,
      description: 'When the key expires, ISO 8601 with an offset; left out: never.',
    },
  },
} as const

const schema = {
  operationId: 'createKey',
  tags: ['API keys'],
  summary: 'Make an API key',
  description:
    'Only this answer holds the key: what is stored is its hash. A key cannot make one that may do more, or for longer, than itself.',
  body,
  response: {
    201: {
      type: 'object',
      required: ['key', ...keySchema.required],
      properties: {
        key: { type: 'string', description: 'The key itself, for `Authorization: Bearer KEY`. Shown only this once.' },
        ...keySchema.properties,
      },
      description: 'The new key.',
    },
  },
} as const

/** Makes a key, and shows it only this once. */
export const createKey: FastifyPluginAsync<{
  applications: ReadonlyMap<string, Application>
  onlyOnce: OnlyOnce
}> = async (app, { applications: configured, onlyOnce }) => {
  app.post<{ Body: XStatic<typeof body> }>(
    '/api/keys',
    { schema, config: { scopes: ['admin'], onlyOnce: true } },
    async (request, reply) => {
      const { name, scopes, applications = [], expiresAt: until } = request.body
      const expiresAt = until === undefined ? undefined : parseExpiry(until)
      const caller = callerOf(request)
      refuseFaults([
        fault('name', nameRule(name), body.properties.name.description),
        fault('expiresAt', until !== undefined && !expiresAt && 'is not a moment in the future', expiryHint),
      ])
      // Before the applications are looked up: of those that the caller may not use it learns nothing, not even their ids.
      refuseMore({ applications, expiresAt }, caller)
      refuseFaults(
        applications.map((id, index) =>
          fault(
            `applications/${index}`,
            !configured.has(id) && 'is not an application',
            applicationsHint(configured, caller),
          ),
        ),
      )
      return onlyOnce(request, reply, async ({ database }) => {
        const { id, key, hash } = newApiKey()
        request.audit = { about: { keyId: id } }
        const stored = await createApiKey(database, {
          id,
          name,
          hash,
          scopes,
          applications,
          ...(expiresAt && { expiresAt }),
        })
        return { status: 201, body: { key, ...keyJson(stored) } }
      })
    },
  )
}

const expiryHint = 'Send a moment in the future, such as 2027-01-31T00:00:00Z.'
const applicationsHint = (configured: ReadonlyMap<string, Application>, caller: ApiCaller) =>
  `The configuration has ${[...configured.keys()].filter(id => mayUse(caller, id)).join(', ')}.`

const fault = (field: string, rule: string | false | undefined, hint: string): Fault[] =>
  rule ? [{ field, rule, hint }] : []

function refuseFaults(found: readonly Fault[][]): void {
  const faults = found.flat()
  if (faults.length > 0) throw invalidInput('body-invalid', faults)
}

/** Only administrators come here, so no scope can be more than the caller's. */
function refuseMore(wanted: { applications: readonly string[]; expiresAt: Date | undefined }, caller: ApiCaller): void {
  if (!isWithin(wanted, caller))
    throw new Problem(
      'api-key-not-allowed',
      'The API key is limited to applications, and cannot make one for others: name some of its own in `applications`.',
    )
  const until = caller.expiresAt?.getTime() ?? Infinity
  if ((wanted.expiresAt?.getTime() ?? Infinity) > until)
    throw new Problem('api-key-not-allowed', 'The API key expires, and cannot make one that lasts longer than itself.')
}
