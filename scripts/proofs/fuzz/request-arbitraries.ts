import { METHODS } from 'node:http'
import * as fc from 'fast-check'
import { adminPaths, headerLines, names, objects, pieces, publicPaths } from './request-words.ts'

/** A request of a connection; `isWhole`: it is framed as HTTP says, so that an answer is due. */
export type FuzzRequest = { method: string; bytes: Buffer; isWhole: boolean }

/** `{admin}` and `{token}` stand for the credentials of the run, which are no part of a case. */
export type Port = 'public' | 'admin'

const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map(parts => parts.join(''))
const key = fc.oneof(text, fc.string({ unit: 'binary', maxLength: 12 }), fc.integer().map(String))
const issueKey = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('TEST-1', 'q-77', 'AB_1-9') }, text)

/** Encoded well, or left as it is but for what would end the request line. */
const inTarget = fc
  .tuple(key, fc.boolean())
  .map(([one, isEncoded]) => (isEncoded ? encodeURIComponent(one.toWellFormed()) : one.replace(/[\s\p{Cc}]/gu, '_')))

const query = fc
  .array(fc.tuple(fc.constantFrom(...names), inTarget), { maxLength: 4 })
  .map(pairs => (pairs.length > 0 ? `?${pairs.map(pair => pair.join('=')).join('&')}` : ''))

const before = fc.oneof(
  { weight: 20, arbitrary: fc.constant('') },
  fc.constantFrom('http://h', 'http://h?', 'http:///', 'h:1'),
)

const target = (paths: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...paths), inTarget, inTarget, query, before)
    .map(
      ([path, one, other, query, before]) =>
        `${before}${path.replace('{}', () => one).replace('{}', () => other)}${query}`,
    )

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD') },
  { weight: 1, arbitrary: fc.constantFrom(...METHODS.filter(name => name !== 'CONNECT')) },
)

const header = fc.constantFrom(...headerLines)
const headers = fc.oneof(
  { weight: 8, arbitrary: fc.array(header, { maxLength: 2 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 90, max: 800 }).map(count => Array.from({ length: count }, (_, n) => `X${n}: 1`)),
  },
)

const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 4 },
    key,
    fc.constantFrom(null, true, -0, 1e308, 2 ** 60, '2999-01-01T00:00:00Z', 'admin', 'wild'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(...names, 'to', 'name', 'scopes', 'applications', 'expiresAt', 'sequence', '__proto__'),
      tie('any'),
      {
        maxKeys: 4,
      },
    ),
  ),
})).any
const meant = fc.oneof(
  fc.record({ issueKey, entityIds: fc.array(key, { maxLength: 4 }) }),
  fc.record({ issueKey, remoteKeys: fc.array(key, { maxLength: 4 }) }),
  fc.record({ to: key }),
  fc.record({ key, summary: key, status: fc.record({ name: key }), sequence: fc.integer() }, { requiredKeys: [] }),
  fc.record({
    name: key,
    scopes: fc.array(fc.constantFrom('objects:write', 'links:read', 'all')),
    applications: fc.array(key),
  }),
)
const json = fc.oneof(meant, value).map(one => JSON.stringify(one) ?? 'undefined')
const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 6, arbitrary: json.map(one => Buffer.from(one)) },
  { weight: 2, arbitrary: fc.array(json, { maxLength: 5 }).map(lines => Buffer.from(lines.join('\n'))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('['.repeat(50_000), `"${'x'.repeat(300_000)}"`, '{"a":1,"a":2}')
      .map(one => Buffer.from(one)),
  },
)

/** The body with its headers: by length, or in chunks. */
const framed = fc.tuple(body, fc.option(fc.integer({ min: 1, max: 50_000 }), { freq: 3 })).map(([bytes, chunk]) => {
  if (chunk === null || bytes.length === 0)
    return { lines: bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : [], bytes }
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunk) {
    const part = bytes.subarray(at, at + chunk)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return { lines: ['Transfer-Encoding: chunked'], bytes: Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]) }
})

const requestTo = (paths: readonly string[], credentials: readonly string[]): fc.Arbitrary<FuzzRequest> =>
  fc
    .tuple(method, target(paths), headers, framed, fc.constantFrom(...credentials))
    .map(([method, target, more, body, own]) => {
      const lines = [
        `${method} ${target} HTTP/1.1`,
        'Host: localhost',
        ...own.split('\n').filter(Boolean),
        ...more,
        ...body.lines,
      ]
      // Headers are of bytes; a target is in UTF-8, as browsers send it.
      const head = Buffer.concat(
        lines.map((line, index) => Buffer.from(`${line}\r\n`, index === 0 ? 'utf8' : 'latin1')),
      )
      return { method, bytes: Buffer.concat([head, Buffer.from('\r\n'), body.bytes]), isWhole: true }
    })

/** A call as it is meant, with unusual values: so that not everything ends at the first check. */
const meantRequest = (port: Port): fc.Arbitrary<FuzzRequest> =>
  fc
    .tuple(
      fc.constantFrom(...meantCalls[port]),
      inTarget,
      meant.map(one => JSON.stringify(one)),
    )
    .map(([[method, path, own], key, body]) => {
      const head = `${method} ${path.replaceAll('{}', () => key)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${own}\r\n`
      const bytes = Buffer.from(body)
      const form = `Content-Type: ${path.endsWith('bulk') ? 'application/x-ndjson' : 'application/json'}\r\nContent-Length: ${bytes.length}\r\n\r\n`
      return { method, bytes: Buffer.concat([Buffer.from(head + form), bytes]), isWhole: true }
    })

const [tokenOf, keyOf] = ['OAuth {token}', 'Bearer {admin}']
const meantCalls: Record<Port, readonly (readonly [method: string, path: string, authorization: string])[]> = {
  public: [
    ['POST', '/wild/links', tokenOf],
    ['POST', '/wild/links', tokenOf],
    ['GET', '/wild/objects/{}', tokenOf],
    ['DELETE', '/wild/links?issueKey=TEST-1&remoteKey={}', tokenOf],
  ],
  admin: [
    ['PUT', `${objects}/{}`, keyOf],
    ['POST', `${objects}/bulk`, keyOf],
    ['POST', `${objects}/{}/rename`, keyOf],
    ['DELETE', `${objects}/{}`, keyOf],
    ['GET', `${objects}?keyPrefix={}`, keyOf],
    ['POST', '/api/applications/wild/links', keyOf],
    ['GET', '/api/applications/wild/links?remoteKey={}', keyOf],
    ['GET', '/api/applications/wild/events?cursor={}', keyOf],
    ['POST', '/api/keys', keyOf],
  ],
}

/** A request with a few bytes changed, cut off, or put in: it may be anything. */
const damaged = (whole: fc.Arbitrary<FuzzRequest>): fc.Arbitrary<FuzzRequest> =>
  fc
    .tuple(
      whole,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(), { freq: 2 }),
    )
    .map(([{ bytes }, changes, cut]) => {
      const changed = Buffer.from(bytes)
      for (const [at, byte] of changes) changed[at % changed.length] = byte
      const rest = cut === null ? changed : changed.subarray(0, cut % changed.length)
      return { method: rest.toString('latin1').trimStart().split(' ')[0] ?? '', bytes: rest, isWhole: false }
    })

const json1 = 'Content-Type: application/json'
const wholeRequest: Record<Port, fc.Arbitrary<FuzzRequest>> = {
  public: requestTo(publicPaths, ['', 'Authorization: OAuth {token}', `Authorization: OAuth {token}\n${json1}`]),
  admin: requestTo(adminPaths, [
    '',
    'Authorization: Bearer {admin}',
    `Authorization: Bearer {admin}\n${json1}`,
    'Authorization: Bearer {admin}\nContent-Type: application/x-ndjson',
  ]),
}

/** What goes over one connection to a port: up to three whole requests in a row, or one that is damaged after them. */
export const conversation = fc.constantFrom<Port>('public', 'admin').chain(port =>
  fc.record({
    port: fc.constant(port),
    requests: fc
      .tuple(
        fc.array(wholeRequest[port], { maxLength: 2 }),
        fc.oneof(
          { weight: 3, arbitrary: wholeRequest[port] },
          { weight: 3, arbitrary: meantRequest(port) },
          damaged(fc.oneof(wholeRequest[port], meantRequest(port))),
        ),
      )
      .map(([before, last]) => [...before, last]),
    pieceBytes: fc.constantFrom(100_000_000, 100_000_000, 1_000, 7),
  }),
)
