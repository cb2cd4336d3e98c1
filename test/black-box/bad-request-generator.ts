// Generated requests, most of them bad. The same seed makes the same requests.

/** A request, and its only right outcome: `refuse`: a 4xx; keys: these links are stored; undefined: anything but a 5xx. */
export type GeneratedRequest = {
  name: string
  bytes: Buffer
  outcome: 'refuse' | { issueKey: string; remoteKeys: string[] } | undefined
}

export type Random = { next: () => number; below: (bound: number) => number; pick: <T>(items: readonly T[]) => T }

/** A small generator of pseudo-random numbers (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return { next, below, pick: items => items[below(items.length)] as never }
}

const pieces = [
  'a',
  'Z',
  '0',
  '/',
  '%',
  '+',
  '&',
  '=',
  '#',
  '?',
  ' ',
  '"',
  '\\',
  "'",
  '<',
  ';',
  '\t',
  '\n',
  '\u0001',
  '\u007f',
  'é',
  'e\u0301',
  'Я',
  'ß',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\uffff',
  '😀',
  '%41',
  '%2F',
  '%00',
  '..',
  '{{remoteKey}}',
  '$1',
  '\\u0041',
  "' OR 1=1 --",
  'null',
  '__proto__',
]

const text = (random: Random, most: number) =>
  Array.from({ length: 1 + random.below(most) }, () => random.pick(pieces)).join('')
const issueKey = (random: Random) => `${random.pick(['TEST', 'q', 'Ab_1'])}-${1 + random.below(99_999)}`

function request(method: string, target: string, headers: readonly string[], body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body as string)
  const length = bytes.length > 0 || method === 'POST' ? [`Content-Length: ${bytes.length}`] : []
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${['Host: x', ...headers, ...length].join('\r\n')}\r\n\r\n`, 'latin1'),
    bytes,
  ])
}

const json = 'Content-Type: application/json'
const post = (body: Buffer | string, headers: readonly string[] = [json]) =>
  request('POST', '/demo/links', headers, body)
const refuse = (name: string, bytes: Buffer): GeneratedRequest => ({ name, bytes, outcome: 'refuse' })

/** How a strict reader reads a body: the keys, or a refusal. Independent of the server's own code. */
function expectation(body: Buffer): GeneratedRequest['outcome'] {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    const ids: unknown = value.entityIds
    const keysFit =
      Array.isArray(ids) &&
      ids.length > 0 &&
      ids.length <= 1_000 &&
      ids.every(
        id =>
          typeof id === 'string' &&
          Array.from(id).length <= 255 &&
          id !== '' &&
          !id.includes('\0') &&
          id.isWellFormed(),
      )
    const fits =
      Object.keys(value).length === 2 &&
      /^[A-Z][A-Z0-9_]{0,31}-[1-9][0-9]{0,9}$/i.test(value.issueKey) &&
      typeof value.issueKey === 'string' &&
      keysFit
    return fits ? { issueKey: value.issueKey.toUpperCase(), remoteKeys: ids as string[] } : undefined
  } catch {
    return 'refuse'
  }
}

const makers: ((random: Random) => GeneratedRequest)[] = [
  random => {
    const body = Buffer.from(
      JSON.stringify({
        issueKey: issueKey(random),
        entityIds: Array.from({ length: 1 + random.below(4) }, () => text(random, 12)),
      }),
    )
    return { name: 'unusual keys', bytes: post(body), outcome: expectation(body) }
  },
  random => {
    const body = Buffer.from(
      JSON.stringify({ issueKey: issueKey(random), entityIds: [text(random, 8), text(random, 8)] }),
    )
    for (let flips = 1 + random.below(3); flips > 0; flips--) body[random.below(body.length)] = random.below(256)
    const outcome = expectation(body)
    // A flip may make two names equal: then the strict reader above sees one of them, and the server must refuse both.
    const repeats = /"(issueKey|entityIds)".*"\1"/s.test(body.toString('latin1'))
    return { name: 'flipped bytes', bytes: post(body), outcome: repeats ? undefined : outcome }
  },
  random => {
    const key = random.pick([
      'a\\u0000b',
      '\\ud800',
      '\\udc00x',
      'x'.repeat(256),
      '😀'.repeat(256),
      '',
      'x'.repeat(20_000),
    ])
    return refuse('a key that cannot be', post(`{"issueKey":"TEST-1","entityIds":["good","${key}"]}`))
  },
  random =>
    refuse(
      'a wrong issue key',
      post(
        JSON.stringify({
          issueKey: random.pick([
            '',
            'TEST',
            'TEST-0',
            '1-1',
            'ТЕСТ-1',
            'TEST-1\0',
            'TEST-1 ',
            'a'.repeat(5_000),
            5,
            null,
            true,
            ['TEST-1'],
            {},
          ]),
          entityIds: ['1'],
        }),
      ),
    ),
  random =>
    refuse(
      'wrong ids',
      post(
        `{"issueKey":"TEST-1","entityIds":${random.pick(['[]', 'null', '"1"', '{}', '[null]', '[true]', '[["1"]]', '[{}]', '[1e3]', '[1.5]', '[-0]', '[1E400]', '["1",2.0]', `[${'"x",'.repeat(1_000)}"y"]`])}}`,
      ),
    ),
  random =>
    refuse(
      'a name twice',
      post(
        random.pick([
          '{"issueKey":"A-1","issueKey":"B-2","entityIds":["1"]}',
          '{"issueKey":"A-1","entityIds":["1"],"entityIds":["2"]}',
          '{"issueKey":"A-1","entityIds":["1"],"\\u0069ssueKey":"B-2"}',
          '{"issueKey":"A-1","entityIds":["1"],"x":{"y":1,"y":2}}',
        ]),
      ),
    ),
  random =>
    refuse(
      '__proto__',
      post(
        random.pick([
          '{"__proto__":{"issueKey":"A-1"},"entityIds":["1"]}',
          '{"issueKey":"A-1","entityIds":["1"],"__proto__":null}',
          '{"issueKey":"A-1","entityIds":["1"],"x":{"\\u005f_proto__":1}}',
        ]),
      ),
    ),
  random =>
    refuse(
      'not an object',
      post(
        random.pick([
          '',
          ' ',
          'null',
          '[]',
          '1',
          '"x"',
          'true',
          '{',
          '{"issueKey"',
          '[[[[',
          '{"a":1}}',
          "{'a':1}",
          '\x00',
          'NaN',
          '{"issueKey":"A-1",}',
          '['.repeat(100_000),
        ]),
      ),
    ),
  random =>
    refuse(
      'invalid UTF-8',
      post(
        Buffer.concat([
          Buffer.from('{"issueKey":"TEST-1","entityIds":["'),
          random.pick([
            Buffer.from([0xff]),
            Buffer.from([0xc0, 0xaf]),
            Buffer.from([0xed, 0xa0, 0x80]),
            Buffer.from([0xe9]),
            Buffer.from([0xf5, 0x80, 0x80, 0x80]),
          ]),
          Buffer.from('"]}'),
        ]),
      ),
    ),
  random =>
    refuse(
      'another content type',
      post('{"issueKey":"TEST-1","entityIds":["1"]}', [
        `Content-Type: ${random.pick(['text/plain', 'text/html', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'json', 'application', '/', ';;;', 'application/jsonp'])}`,
      ]),
    ),
  random =>
    refuse(
      'an encoded body',
      post('{"issueKey":"TEST-1","entityIds":["1"]}'.slice(0, random.below(30)), [json, 'Content-Encoding: gzip']),
    ),
  random =>
    refuse(
      'too large a body',
      post(`{"issueKey":"TEST-1","entityIds":["${'x'.repeat(256 * 1024 + random.below(1_000))}"]}`),
    ),
  random =>
    refuse(
      'many headers',
      post('{"issueKey":"TEST-1","entityIds":["1"]}', [
        json,
        ...Array.from({ length: random.pick([120, 700, 3_000]) }, (_, index) => `x${index}: 1`),
      ]),
    ),
  random =>
    refuse(
      'a header twice',
      post('{"issueKey":"TEST-1","entityIds":["1"]}', [
        json,
        ...random.pick([
          ['Host: y'],
          ['Authorization: OAuth canary-a', 'Authorization: OAuth canary-b'],
          ['authorization: x', 'AUTHORIZATION: y'],
        ]),
      ]),
    ),
  random =>
    refuse(
      'malformed HTTP',
      Buffer.from(
        random.pick([
          'GET\r\n\r\n',
          'GET /demo/objects/1\r\n\r\n',
          'GET /demo/objects/a b HTTP/1.1\r\nHost: x\r\n\r\n',
          'FOO /demo/objects/1 HTTP/1.1\r\nHost: x\r\n\r\n',
          'GET /demo/objects/1 HTTP/1.1\r\n\r\n',
          'GET /demo/objects/1 HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n',
          'GET /demo/objects/1 HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n',
          'POST /demo/links HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
          'POST /demo/links HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
          'POST /demo/links HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
          '\x16\x03\x01\x02\x00\x01\x00',
          'GET /demo/objects/1 HTTP/9.9\r\nHost: x\r\n\r\n',
          `GET /demo/objects/1 HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
        ]),
        'latin1',
      ),
    ),
  random =>
    refuse(
      'an address of nobody',
      request(
        random.pick(['GET', 'DELETE', 'POST']),
        random.pick([
          '/',
          '//',
          '/nobody',
          '/demo',
          '/demo/object/1',
          '/demo/objects',
          '/DEMO/objects/1',
          '/%64emo',
          '/..%2Fdemo',
          '*',
          '/demo;x/objects/1',
          '/\xff\xfe',
        ]),
        [],
      ),
    ),
  random =>
    refuse(
      'another method',
      request(random.pick(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'LINK', 'PROPFIND']), '/demo/objects/1234', []),
    ),
  random => ({
    name: 'an unusual card address',
    bytes: request(
      random.pick(['GET', 'HEAD']),
      `/demo/objects/${random.pick(['%', '%ZZ', '%C3', '%00', '%C0%AF', '%ED%A0%80', '..', '../..', '%2e%2e%2f', '\xd0\xaf', '\xff', '?', '#', '?key=1', '%25252F', 'x'.repeat(300), 'x'.repeat(9_000), '/'.repeat(3_000), '%2F'.repeat(2_000), '+', '%20', "'%20OR%201=1"])}`,
      [],
    ),
    outcome: undefined,
  }),
  random => ({
    name: 'an unusual removal',
    bytes: request(
      'DELETE',
      `/demo/links${random.pick(['?issueKey=NONE-1&remoteKey=%00', '?issueKey=NONE-1', '?remoteKey=x', '?', '?issueKey=NONE-1&issueKey=NONE-2&remoteKey=x', '?issueKey=NONE-1&remoteKey=x&remoteKey=y', '/NONE-1', '/NONE-1/', '/NONE-1/x/NONE-2', '/x/y', '?issueKey[]=NONE-1&remoteKey=x', `?issueKey=NONE-1&remoteKey=${'%F0%9F%98%80'.repeat(300)}`, `?${'a=1&'.repeat(2_000)}issueKey=NONE-1&remoteKey=x`])}`,
      random.pick([
        [],
        [json],
        ['Content-Type: text/plain'],
        ['Content-Type: ;;;'],
        [json, 'Transfer-Encoding: identity'],
      ]),
      random.pick(['', '{', 'x'.repeat(1_000)]),
    ),
    outcome: undefined,
  }),
]

/** The next request of this random sequence. */
export function generateRequest(random: Random): GeneratedRequest {
  return random.pick(makers)(random)
}
