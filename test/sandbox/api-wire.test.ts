import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { playTracker } from './play-tracker.ts'

// How published clients write their requests (tracker-contract.md, section 13), byte by byte over a real connection.

type Raw = { status: number; head: string; body: unknown; text: string }

async function listen(t: Test) {
  const played = await playTracker(t)
  await played.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = played.app.server.address() as AddressInfo

  /** Sends these lines as they are, followed by a token and the end of the head. */
  async function send(lines: string[], body?: string | Buffer, written: string | Buffer = body ?? ''): Promise<Raw> {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write([...lines, ...length, 'Connection: close', '', ''].join('\r\n'))
    socket.write(written)
    const answer = await text(socket)
    const [head = '', ...rest] = answer.split('\r\n\r\n')
    const content = rest.join('\r\n\r\n')
    const isJson = /^(content-type: application\/json)/im.test(head)
    return { status: Number(head.split(' ')[1]), head, body: isJson ? JSON.parse(content) : content, text: content }
  }
  const call = (line: string, headers: string[] = [], body?: string | Buffer) =>
    send([`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Authorization: OAuth canary-wire', ...headers], body)
  return { ...played, call, send, base: `http://127.0.0.1:${port}` }
}

const wish = (key: string) => JSON.stringify({ relationship: 'relates', key, origin: 'crm' })

t.test('a body is JSON whatever its content type says', async t => {
  const { call } = await listen(t)
  const types = [
    [],
    ['Content-Type:'],
    ['Content-Type: text/plain'],
    ['Content-Type: application/json'],
    ['Content-Type: json;;'],
  ]
  types.push(['Content-Type: application/json; charset=UTF-8'], ['Content-Type: application/x-www-form-urlencoded'])
  for (const [at, type] of types.entries()) {
    const { status, body } = await call('POST /v3/issues/TEST-1/remotelinks', type, wish(`Ж${at}`))
    t.match({ status, body }, { status: 201, body: { object: { key: `Ж${at}` } } }, type[0] ?? 'none')
  }
})

t.test('requests that have no body may say that they have one', async t => {
  const { call, called } = await listen(t)
  const json = ['Content-Type: application/json']
  for (const key of ['1', '2', '3', '4']) await call('POST /v2/issues/TEST-1/remotelinks/', json, wish(key))
  t.match(await call('GET /v2/issues/TEST-1', json), { status: 200 })
  t.match(await call('GET /v2/issues/TEST-1/links/', json, 'null'), { status: 200, body: [] })
  t.match(await call('DELETE /v2/issues/TEST-1/remotelinks/1', json), { status: 204, text: '' })
  t.match(await call('DELETE /v2/issues/TEST-1/remotelinks/2', json, ''), { status: 204 })
  t.match(await call('DELETE /v2/issues/TEST-1/remotelinks/3/', json, 'null'), { status: 204 })
  t.match(await call('DELETE /v2/issues/TEST-1/remotelinks/4', []), { status: 204 })
  t.equal(called.length, 4)
  for (const body of [undefined, '', 'null', '{}'])
    t.match(await call('POST /v2/issues/TEST-1/_move?queue=NEW', json, body), {
      status: body === undefined ? 200 : 422,
    })
  t.match(await call('POST /v3/issues/_count', json, 'null'), { status: 200, body: 7, text: '7' })
})

t.test('slashes, an empty expand, and unknown parameters change nothing', async t => {
  const { call } = await listen(t)
  for (const path of [
    '/v2/fields/',
    '/v2/myself/',
    '/v3/myself?expand=',
    '/v3/issues/TEST-1/?expand=&embed=',
    '/v3//applications/',
    '/v3/issues/TEST-1?expand=a&expand=b&x',
  ])
    t.match(await call(`GET ${path}`), { status: 200 }, path)
  const fields = (await call('GET /v2/fields/')).body as { id: unknown; schema: { type: unknown } }[]
  t.ok(fields.every(({ id, schema }) => typeof id === 'string' && typeof schema.type === 'string'))
})

t.test('headers of an organization come in any case, both at once, or repeated', async t => {
  const { call } = await listen(t)
  const good = [
    ['x-org-id: 1'],
    ['X-ORG-ID:1', 'X-Cloud-Org-ID: not provided'],
    ['X-Org-Id: 1', 'X-Org-Id: 1'],
    [],
    ['X-Org-ID:'],
  ]
  for (const headers of good) t.match(await call('GET /v3/myself', headers), { status: 200 }, headers.join())
  for (const headers of [['X-Org-ID: 2'], ['X-Cloud-Org-ID: 1'], ['X-Cloud-Org-ID: 1', 'X-Org-Id: not provided']])
    t.match(await call('GET /v3/myself', headers), { status: 403 }, headers.join())
})

t.test('a remote link may be added with the current version, and removed by its own address', async t => {
  const { call, base } = await listen(t)
  for (const key of ['a', 'b']) {
    const { status, body } = await call('POST /v2/issues/TEST-1/remotelinks', ['If-Match: "1"'], wish(key))
    const { self, id } = body as { self: string; id: unknown }
    t.equal(status, 201)
    t.type(id, 'number')
    t.ok(self.startsWith(`${base}/v2/issues/TEST-1/remotelinks/`))
    t.match(await call(`DELETE ${new URL(self).pathname}`, ['If-Match: "1"']), { status: 204 })
  }
  t.match(await call('POST /v2/issues/TEST-1/remotelinks', ['If-Match: "2"'], wish('c')), { status: 412 })
})

t.test('the names of the paging headers are written in the case that clients look for', async t => {
  const { call, base } = await listen(t)
  const { head } = await call('POST /v2/issues/_search?perPage=3&page=2', [], '{"filter":{}}')
  t.match(head, '\r\nX-Total-Count: 7\r\n')
  t.match(head, '\r\nX-Total-Pages: 3\r\n')
  t.match(head, `\r\nLink: <${base}/v2/issues/_search?perPage=3&page=1>; rel="first", <`)
  const scroll = await call('POST /v2/issues/_search?scrollType=unsorted&perScroll=3', [], '{"query":"Queue: TEST"}')
  t.match(scroll.head, /\r\nX-Scroll-Id: [\w-]+\r\nX-Scroll-Token: /)
})

/** The address that a header Link names, without its host, as the official client uses it. */
const relation = (head: string, rel: string) =>
  new RegExp(`<https?://[^/]+([^>]*)>; rel="${rel}"`).exec(/^Link: (.*)$/m.exec(head)?.[1] ?? '')?.[1]

t.test('all pages are found as the official client goes: next by next, and by a number put into seek', async t => {
  const { call } = await listen(t)
  const body = '{"filter":null,"query":null,"keys":null,"order":null,"queue":null,"filterId":null}'
  const found: string[] = []
  let page = await call('POST /v2/issues/_search?perPage=2', [], body)
  const seek = relation(page.head, 'seek') ?? ''
  for (;;) {
    found.push(...(page.body as { key: string }[]).map(({ key }) => key))
    const next = relation(page.head, 'next')
    if (!next) break
    page = await call(`POST ${next}`, [], body)
  }
  t.equal(new Set(found).size, 7)
  t.equal(found.length, 7)
  const third = await call(`POST ${seek.replace('{&page}', '&page=3')}`, [], body)
  t.same(
    (third.body as { key: string }[]).map(({ key }) => key),
    found.slice(4, 6),
  )
})

t.test('issues are linked and unlinked by the methods LINK and UNLINK', async t => {
  const { call, base } = await listen(t)
  const headers = [`Link: <${base}/v2/issues/TEST-2>; rel="depends on"`, 'Content-Type: application/json']
  t.match(await call('LINK /v2/issues/TEST-1', headers), { status: 204 })
  t.match((await call('GET /v2/issues/TEST-2/links')).body, [{ type: { id: 'depends' }, direction: 'inward' }])
  t.match(await call('UNLINK /v2/issues/TEST-2', [`Link: <TEST-1>; rel="is dependent by"`]), { status: 204 })
  t.match(await call('UNLINK /v2/issues/TEST-1', headers), { status: 404 })
  t.match(await call('LINK /v2/issues/TEST-1'), { status: 400 })
  t.match(await call('LINK /v2/issues/TEST-1', ['Link: <%zz>; rel="relates"']), { status: 404 })
})

t.test('an address is named in full even to a caller that names no host', async t => {
  const { send, base } = await listen(t)
  const { body } = await send(['GET /v3/issues/TEST-1 HTTP/1.0', 'Authorization: Bearer canary-wire'])
  t.match(body, { self: `${base}/v3/issues/TEST-1` })
})

t.test('a refusal before a route runs is in Tracker’s form too', async t => {
  const { call } = await listen(t)
  t.match(await call('POST /v3/issues', [], `"${'x'.repeat(1024 * 1024)}"`), {
    status: 413,
    body: { statusCode: 413, errorMessages: [/large/] },
  })
  t.match(await call('PUT /v3/issues/TEST-1', [], '{}'), { status: 404, body: { statusCode: 404, errors: {} } })
  t.match(await call(`GET /v3/issues/${'x'.repeat(3000)}`), { status: 404, body: { statusCode: 404 } })
  for (const [line, statusCode, told, headers] of [
    [`GET /v3/issues/${'x'.repeat(5000)}`, 404, /4096/],
    [`GET /v2/issues/${'x'.repeat(5000)}/remotelinks`, 404, /4096/],
    ['GET /v4/issues/TEST-1', 404, /plays \/v2 and \/v3 of Tracker's API, not \/v4/],
    ['POST /v1/issues', 404, /not \/v1/],
    ['LINK /v10/issues/TEST-1', 404, /not \/v10/],
    ['DELETE /v4', 404, /not \/v4/],
    ['GET /v3', 404, /does not play/],
    ['GET /v3/issues/%FF', 400, /UTF-8/],
    ['GET /v4/%zz', 400, /UTF-8/],
    ['PUT /sandbox/nothing', 404, /no PUT \/sandbox\/nothing/],
    ['GET /v3/myself', 431, /headers are too large/, [`X: ${'x'.repeat(20_000)}`]],
    ['NONSENSE /v3/myself', 400, /not an HTTP request/],
  ] as [string, number, RegExp, string[]?][])
    t.match(
      await call(line, headers),
      { status: statusCode, body: { errors: {}, errorMessages: [told], statusCode } },
      line.slice(0, 60),
    )
})

t.test('a body that is not UTF-8 is refused, and nothing of it is stored', async t => {
  const { call, world } = await listen(t)
  const latin1 = Buffer.from('{"relationship":"relates","key":"caf\xe9","origin":"crm"}', 'latin1')
  const half = Buffer.from(wish('Ж')).fill(0xd0, 34, 35)
  for (const body of [latin1, half])
    for (const line of ['POST /v3/issues/TEST-1/remotelinks', 'PUT /sandbox/settings'])
      t.match(await call(line, [], body), {
        status: 400,
        body: { errorMessages: ['The body is not UTF-8.'], statusCode: 400 },
      })
  t.same(world.issues().flatMap(world.remoteLinksOf), [])
  t.match(
    await call('POST /v3/issues/TEST-1/remotelinks', [], `\uFEFF${wish('Ж')}`),
    { status: 201 },
    'a mark is no fault',
  )
})

// What follows replays what published clients send, read in their sources: paths, forms of the query, headers and bodies.

const json = (value: unknown) => JSON.stringify(value)
const python = [
  'User-Agent: python-requests/2.32.3',
  'Accept-Encoding: gzip, deflate',
  'Accept: */*',
  'X-Org-Id: 1',
  'X-Cloud-Org-Id: not provided',
  'Content-Type: application/json',
]
const story = { createdAt: '2017-08-29T12:34:41.740+0000', createdBy: { uid: 1111111111111111 } }
const unused = { filterId: null, query: null, keys: null, queue: null }
const made = { queue: 'TEST', summary: 'Made', unique: 'e9b1' }
const subtask = {
  queue: { key: 'TEST' },
  parent: { key: 'TEST-1' },
  tags: [],
  fixVersions: [],
  components: [],
  summary: 'Sub',
}

t.test(
  'yandex_tracker_client (Python): its collections, its links by issues that it has read, its sub-issues',
  async t => {
    const { call } = await listen(t)
    type Row = [line: string, body: unknown, expected: object, headers?: string[]]
    const rows: Row[] = [
      ['POST /v2/issues/', made, { status: 201, body: { key: 'TEST-6', unique: 'e9b1' } }],
      ['POST /v2/issues/', made, { status: 409 }],
      ['POST /v2/issues/_findByUnique?unique=e9b1', undefined, { status: 200, body: { key: 'TEST-6' } }],
      ['GET /v2/issues/?filter=unique%3Ae9b1', undefined, { status: 200, body: [{ key: 'TEST-6' }] }],
      ['POST /v2/issues/', subtask, { status: 201, body: { key: 'TEST-7', parent: { key: 'TEST-1' } } }],
      [
        'POST /v2/issues/TEST-1/links/',
        { relationship: 'relates', issue: { key: 'TEST-2' } },
        { status: 201, body: { object: { key: 'TEST-2' } } },
      ],
      [
        'POST /v2/issues/TEST-1/links/_import',
        {
          relationship: 'depends on',
          issue: { key: 'TEST-3' },
          ...story,
          updatedAt: story.createdAt,
          updatedBy: 'user2',
        },
        { status: 200, body: { createdBy: { id: '1111111111111111' }, updatedBy: { id: '1111111111111112' } } },
      ],
      [
        'PATCH /v2/issues/TEST-1',
        { assignee: { uid: 1111111111111112 }, type: { key: 'bug' }, followers: { add: [{ uid: 1111111111111111 }] } },
        { status: 200, body: { version: 2, type: { key: 'bug' }, followers: [{ id: '1111111111111111' }] } },
        ['If-Match: "1"'],
      ],
      [
        'PATCH /v2/issues/TEST-1',
        { summary: 'Late' },
        { status: 412, body: { errors: {}, errorMessages: [/version 2/] } },
        ['If-Match: "1"'],
      ],
      ['GET /v2/issues/TEST-1/remotelinks', {}, { status: 200, body: [] }, ['If-Match: "2"']],
      [
        'POST /v2/issues/_search',
        { ...unused, filter: { queue: 'PROD' }, order: ['-key'] },
        { status: 200, body: [{ key: 'PROD-2' }, { key: 'PROD-1' }] },
      ],
      [
        'GET /v2/issues/?queue=PROD&perPage=1',
        undefined,
        { status: 200, body: [{ key: 'PROD-1' }], head: /rel="next"/ },
      ],
      ['GET /v2/issues/?orderBy=key&orderAsc=False&filter=queue%3APROD', undefined, { body: [{ key: 'PROD-2' }, {}] }],
      [
        'GET /v2/issues/TEST-2/changelog/?sort=asc&type=IssueWorkflow',
        undefined,
        { body: [{ executedTriggers: [{}] }] },
      ],
      ['POST /v2/issues/TEST-1/_move?queue=NEW', undefined, { status: 200, body: { key: 'NEW-1' } }],
      ['GET /v2/queues/TEST/triggers', undefined, { status: 200, body: [{ name: String }] }],
      ['GET /v2/resolutions/', undefined, { status: 200, body: [] }],
    ]
    for (const [line, body, expected, headers = []] of rows)
      t.match(await call(line, [...python, ...headers], body === undefined ? undefined : json(body)), expected, line)
    // It creates an object for each entry of a list, by its `self`, and looks up an attribute in the fields first.
    for (const path of ['issues', 'fields', 'users', 'queues', 'linktypes', 'priorities', 'statuses', 'issuetypes']) {
      const { body } = await call(`GET /v2/${path}/`, python)
      t.ok(
        (body as { self: unknown }[]).every(({ self }) => typeof self === 'string'),
        path,
      )
    }
    const fields = (await call('GET /v2/fields/', python)).body as { id: string; schema: { type: string } }[]
    for (const id of ['tags', 'fixVersions', 'components', 'followers', 'aliases'])
      t.equal(fields.find(field => field.id === id)?.schema.type, 'array', id)
  },
)

t.test(
  'aio_yatracker and yatracker (Python, aiohttp): text/plain, octets for nothing, pages of what has none',
  async t => {
    const { call, called } = await listen(t)
    const text = ['Content-Type: text/plain; charset=utf-8', 'Accept: */*', 'X-Org-ID: 1']
    const link = '{"relationship": "relates", "key": "1", "origin": "crm"}'
    t.match(await call('POST /v2/issues/TEST-1/remotelinks?backlink=true', text, link), {
      status: 201,
      body: { id: 1 },
    })
    t.equal(called.length, 1)
    const page = await call('GET /v2/issues/TEST-1/remotelinks?page=1&perPage=50', ['X-Org-ID: 1'])
    t.match(page, { status: 200, body: [{ id: 1, object: { application: { name: 'Example CRM' } } }] })
    t.match(await call('DELETE /v2/issues/TEST-1/remotelinks/1', ['X-Org-ID: 1']), { status: 204 })
    const move = 'queue=NEW&notify=true&notify_author=false&move_all_field=false&initial_status=false'
    const octets = ['Content-Type: application/octet-stream', 'X-Org-ID: 1']
    t.match(await call(`POST /v2/issues/TEST-1/_move?${move}`, octets, ''), { status: 200, body: { key: 'NEW-1' } })
    t.match(await call('POST /v2/issues/', text, json({ queue: 'TEST', summary: 'x', assignee: ['user2'] })), {
      status: 201,
      body: { assignee: { display: 'User Two' } },
    })
    t.match(
      await call('POST /v3/issues/_search?order=-key&expand=attachments', text, '{"filter": {"queue": "PROD"}}'),
      {
        body: [{ key: 'PROD-2', attachments: [] }, { key: 'PROD-1' }],
      },
    )
    t.match((await call('GET /v3/issues/_suggest?input=the&queue=PROD&full=false')).body, [
      { key: 'PROD-1' },
      { key: 'PROD-2' },
    ])
  },
)

t.test('a list comes in pages if a client asks for them, and if it is long', async t => {
  const { call, world } = await listen(t)
  const count = async (address: string) => ((await call(`GET ${address}`)).body as unknown[]).length
  t.same([await count('/v3/queues/?perPage=2&page=2'), await count('/v3/queues?perPage=2&page=3')], [1, 0])
  t.same([await count('/v2/applications?page=2'), await count('/v2/fields/?page=1&perPage=5')], [0, 5])
  const [issue, application] = [world.issue('TEST-1'), world.application('crm')]
  if (!issue || !application) throw new Error('the world has changed')
  for (let key = 0; key < 60; key++) world.addRemoteLink({ issue, application, key: `${key}`, by: world.firstUser() })
  const links = '/v2/issues/TEST-1/remotelinks'
  const first = await call(`GET ${links}`)
  t.match(first.body, { length: 50 })
  t.match(first.head, /^X-Total-Pages: 2\r$/m)
  t.equal(await count(relation(first.head, 'next') ?? ''), 10)
  t.equal(await count(`${links}?perPage=100`), 60)
  world.changeSettings({ wholeLists: true })
  t.equal(await count(links), 60)
  t.equal(await count('/v2/issues/TEST-1/links/?page=2'), 0)
})

t.test('go-yandex-tracker: a line feed after the body, null for none, numbers of a count alone', async t => {
  const { call } = await listen(t)
  const go = [
    'User-Agent: Go-http-client/1.1',
    'X-Org-Id: 1',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
  ]
  const { body } = await call('POST /v2/issues/TEST-1/remotelinks', go, `${wish('a<b>&c')}\n`)
  t.match(body, { object: { key: 'a<b>&c' } })
  t.match(await call(`DELETE /v2/issues/TEST-1/remotelinks/${(body as { id: number }).id}`, go.slice(0, 2)), {
    text: '',
  })
  t.equal((await call('POST /v2/issues/_count', go, 'null\n')).text.trim(), '7')
  const scroll = await call('POST /v2/issues/_search?perScroll=4&scrollType=sorted', go, '{"query":"queue: TEST"}\n')
  const id = /^X-Scroll-Id: (.*)$/m.exec(scroll.head)?.[1] ?? ''
  const next = await call(`POST /v2/issues/_search?scrollId=${id}&scrollToken=sandbox`, go, '{"query":"queue: TEST"}\n')
  t.match(next.body, { length: 1 })
  t.match(await call('POST /v2/issues/TEST-1/_move?queue=NEW', go, 'null\n'), { status: 200, body: { key: 'NEW-1' } })
})

/** The fields of an issue that the client in PHP knows: any other one makes it fail. */
const knownInPhp =
  `id self key version summary statusStartTime updatedBy sla description type priority createdAt createdBy
  followers assignee votes queue updatedAt status favorite sprint boards previousStatus resolution`.split(/\s+/)

t.test('clients in PHP and JavaScript: truth as 1, forms for nothing, chunks, and a wait to continue', async t => {
  const { call, send, called } = await listen(t)
  const guzzle = ['User-Agent: GuzzleHttp/7', 'X-Org-ID: 1']
  t.match(await call('POST /v2/issues/TEST-1/remotelinks?backlink=1', guzzle, wish('1')), { status: 201 })
  t.equal(called.length, 1, 'http_build_query writes true so')
  const search = 'POST /v2/issues/_search?order=-key&perPage=1'
  t.match(await call(search, guzzle, '{"filter":{"queue":"PROD"},"expand":"attachments"}'), {
    body: [{ key: 'PROD-2', attachments: [] }],
  })
  t.match(await call('POST /v2/issues/TEST-2/_move?queue=NEW&initialStatus=1', guzzle, ''), {
    body: { status: { key: 'open' } },
  })
  const { body } = await call('GET /v2/issues/TEST-4', guzzle)
  t.same(
    Object.keys(body as object).filter(name => !knownInPhp.includes(name)),
    [],
  )
  const refusal = await call('POST /v2/issues/TEST-1/remotelinks', guzzle, '{}')
  t.match(refusal.body, { errors: { key: /required/ }, errorMessages: [] })

  const forms = ['Content-Type: application/x-www-form-urlencoded', 'Accept: application/json, text/plain, */*']
  t.match(await call('POST /v3/issues/TEST-3/_move?queue=NEW', forms, ''), { status: 200 })
  const chunked = ['Transfer-Encoding: chunked', 'Expect: 100-continue', 'Authorization: OAuth canary-wire', 'Host: x']
  const text = wish('2')
  const chunks = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
  const raw = await send(['POST /v3/issues/TEST-1/remotelinks HTTP/1.1', ...chunked], undefined, chunks)
  t.match(raw.text, 'HTTP/1.1 201')
})
