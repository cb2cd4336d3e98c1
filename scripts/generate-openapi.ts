import { readFileSync, writeFileSync } from 'node:fs'
import fastifySwagger from '@fastify/swagger'
import Fastify, { type RouteOptions } from 'fastify'
import { type ManagementApiOptions, managementApi } from '../src/management-api/index.ts'
import { shareComponents } from './openapi-components.ts'
import type { Operation } from './openapi-document.ts'
import { errorResponses, problemSchema } from './openapi-errors.ts'

/**
 * Makes docs/openapi.json, which the server sends, from the endpoints. After a change of an endpoint run:
 * node scripts/generate-openapi.ts
 */

type Document = Awaited<ReturnType<typeof describeRoutes>>['document']

const info = {
  title: 'tracker-link-server: management API',
  summary: 'For the application whose objects Yandex Tracker links to, and for its operators.',
  description: `Every call needs an API key, which \`tracker-links keys create\` makes; send it as \`Authorization: Bearer KEY\`.

Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\` and a \`hint\` that says what to do; errors that concern
the connection itself (408, 417) are answered in the same form. Ignore any property of an answer
that is not described here: later versions may add some.

In an address an object's key is one percent-encoded segment, \`/\` as \`%2F\`. Dates are ISO 8601. Uids have 64 bits, and
answers hold all their digits.`,
  license: { name: 'MIT', identifier: 'MIT' },
}

const tags = [
  { name: 'Applications', description: 'The applications of the configuration.' },
  { name: 'Objects', description: 'The things that issues link to, as their cards show them.' },
  { name: 'Links', description: 'Which issue links to which object, read from both sides.' },
  { name: 'Change feed', description: 'Every change of a link, in an order in which a reader misses none.' },
  {
    name: 'Reconciliation',
    description: 'Comparing the links here with those in Tracker, and repairing what differs.',
  },
  { name: 'API keys', description: 'Who may call this API.' },
]

/** The document, as a value. */
export async function generateOpenapi(): Promise<object> {
  const { document, routes } = await describeRoutes()
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item)) {
      const route = routes.find(({ url, method: of }) => pathOf(url) === path && String(of).toLowerCase() === method)
      if (!route) throw new Error(`no endpoint was registered for ${method} ${path}`)
      item[method] = complete(operation, route)
    }
  const used = new Set(operationsOf(document).flatMap(operation => operation.tags))
  const { paths, components } = shareComponents(document.paths, { Problem: problemSchema })
  return {
    openapi: '3.1.1',
    info: { ...info, version: packageVersion() },
    servers: [{ url: '/', description: 'The admin port of this server.' }],
    security: [{ apiKey: [] }],
    tags: tags.filter(({ name }) => used.delete(name)).concat([...used].map(name => ({ name, description: name }))),
    paths,
    components: {
      ...components,
      headers: { RequestId: requestId },
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'tlk_…',
          description: 'A key of `tracker-links keys`.',
        },
      },
    },
  }
}

const operationsOf = ({ paths }: Document) => Object.values(paths).flatMap(item => Object.values(item))

async function describeRoutes() {
  const app = Fastify()
  const routes: RouteOptions[] = []
  app.addHook('onRoute', route => {
    // The schema of a streamed body stands beside the endpoint's schema: Fastify would check the body against it there.
    const { bodySchema } = route.config ?? {}
    if (bodySchema) route.schema = { ...route.schema, body: bodySchema }
    routes.push(route)
  })
  await app.register(fastifySwagger, { openapi: { openapi: '3.1.1' } })
  // No handler runs: the endpoints are only asked for their schemas.
  await app.register(managementApi, {
    applications: new Map(),
    links: {},
    config: {},
  } as unknown as ManagementApiOptions)
  await app.ready()
  const document = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> }
  await app.close()
  return { document, routes }
}

const pathOf = (url: string) => url.replaceAll(/:(\w+)/g, '{$1}')

/** An operation, with what is the same for all endpoints: scopes, Idempotency-Key, errors. */
function complete(operation: Operation, route: RouteOptions): Operation {
  const { operationId, tags, summary, description, parameters = [], responses, ...rest } = operation
  const { scopes = [], onlyOnce } = route.config ?? {}
  const own = scopes.filter(scope => scope !== 'admin').map(scope => `\`${scope}\``)
  const needs = [...(own.length > 0 ? [own.join(' and ')] : []), '`admin`'].join(' or ')
  const access = scopes.length > 0 ? `Needs the scope ${needs}.` : 'Needs an API key of any scope.'
  for (const response of Object.values(responses)) {
    for (const { schema } of Object.values(response.content ?? {}))
      if (schema.description === response.description) delete schema.description
    if (onlyOnce) response.headers = { ...response.headers, 'Idempotency-Replayed': idempotencyReplayed }
  }
  const answers = { ...responses, ...errorResponses(route) }
  for (const answer of Object.values(answers))
    answer.headers = { ...answer.headers, 'X-Request-Id': { $ref: '#/components/headers/RequestId' } }
  return {
    operationId,
    tags,
    summary,
    description: [description, access].filter(Boolean).join('\n\n'),
    parameters: onlyOnce ? [...parameters, idempotencyKey] : parameters,
    ...rest,
    responses: answers,
  }
}

const requestId = {
  description:
    "Our id of this call, the same as in the log's records of it. Send an id of your own in the same header: the log notes it as `callerRequestId`.",
  schema: { type: 'string' },
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes the call safe to repeat: within 24 hours the same request with the same key changes nothing and gets the first answer, byte for byte. 1 to 255 visible ASCII characters.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}

const idempotencyReplayed = {
  description: '`true` if this is the answer of an earlier call with the same Idempotency-Key.',
  schema: { type: 'string', enum: ['true'] },
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

if (import.meta.main)
  writeFileSync(
    new URL('../docs/openapi.json', import.meta.url),
    `${JSON.stringify(await generateOpenapi(), null, 2)}\n`,
  )
