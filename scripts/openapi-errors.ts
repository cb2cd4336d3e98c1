import type { RouteOptions } from 'fastify'
import { catalogue, type ErrorCode } from '../src/errors/catalogue.ts'
import type { Response } from './openapi-document.ts'

/** The body of every error. */
export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'hint', 'requestId'],
  description: 'An error (RFC 9457). docs/errors.md says for each code when it happens and what to do.',
  properties: {
    type: { type: 'string', description: 'A URN that ends with the code.' },
    title: { type: 'string', description: 'What the code means.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'What happened in this case.' },
    code: { type: 'string', description: 'The stable name of the error.' },
    hint: { type: 'string', description: 'What to do.' },
    requestId: {
      type: 'string',
      description: 'The same as in the header X-Request-Id, and in the records of the server log.',
    },
    errors: {
      type: 'array',
      description: 'Each fault of the input.',
      items: {
        type: 'object',
        required: ['field', 'rule', 'hint'],
        properties: {
          field: { type: 'string', description: 'The faulty field, as a path.' },
          rule: { type: 'string', description: 'Which rule it breaks.' },
          hint: { type: 'string', description: 'What would be right.' },
        },
      },
    },
  },
}

/** The error responses of an endpoint, by status. */
export function errorResponses(route: RouteOptions): Record<string, Response> {
  const byStatus = Map.groupBy(codesOf(route), code => catalogue[code].status)
  const responses = Array.from(byStatus, ([status, codes]): [string, Response] => [
    String(status),
    {
      description: codes.map(code => `\`${code}\`: ${catalogue[code].title}.`).join('\n\n'),
      ...(headers[status] && { headers: headers[status] }),
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: exampleOf(codes) },
      },
      'x-codes': codes,
    },
  ])
  return Object.fromEntries(responses.sort(([one], [other]) => Number(one) - Number(other)))
}

function exampleOf([code = 'internal']: readonly ErrorCode[]) {
  const { status, title, hint } = catalogue[code]
  const type = `urn:tracker-link-server:error:${code}`
  return { type, title, status, detail: `${title}.`, code, hint, requestId: 'x4Jq0v1mTz8c-1f' }
}

const retryAfter = {
  'Retry-After': { description: 'Seconds after which to repeat the call.', schema: { type: 'string' } },
}
const headers: Record<number, Response['headers']> = {
  401: { 'WWW-Authenticate': { description: 'Asks for an API key.', schema: { type: 'string' } } },
  429: retryAfter,
  503: retryAfter,
}

/** The codes of an endpoint, in the order of the catalogue: those of all endpoints of its kind, and its own. */
function codesOf({ url, method, schema, config = {} }: RouteOptions): ErrorCode[] {
  const { errors = [], onlyOnce, scopes } = config
  const ofApplication = url.includes(':applicationId')
  const found = new Set<ErrorCode>([
    'request-malformed',
    'api-key-missing',
    'api-key-unknown',
    'too-many-calls',
    'headers-too-large',
    'host-not-allowed',
    'internal',
    'calls-waiting',
    'database-away',
    'database-busy',
    'database-full',
    'database-rights-missing',
    ...errors,
  ])
  const add = (applies: unknown, ...codes: ErrorCode[]) => {
    for (const code of applies ? codes : []) found.add(code)
  }
  add(schema?.params || schema?.querystring, 'parameter-invalid')
  add(scopes || ofApplication, 'api-key-not-allowed')
  add(ofApplication, 'application-unknown')
  add(schema?.body, 'body-invalid')
  add(method !== 'GET', 'body-not-json', 'body-too-large', 'media-type-unsupported')
  add(method !== 'GET' && !config.isRead, 'change-not-recorded')
  add(onlyOnce, 'idempotency-key-invalid', 'idempotency-key-in-use', 'idempotency-key-reused')
  return (Object.keys(catalogue) as ErrorCode[]).filter(code => found.has(code))
}
