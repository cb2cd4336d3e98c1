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

  /** Sends these lines as they are, with a token and the end of the head put after them. */
  async function send(lines: string[], body?: string): Promise<Raw> {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write([...lines, ...length, 'Connection: close', '', body ?? ''].join('\r\n'))
    const answer = await text(socket)
    const [head = '', ...rest] = answer.split('\r\n\r\n')
    const content = rest.join('\r\n\r\n')
    const isJson = /^(content-type: application\/json)/im.test(head)
    return { status: Number(head.split(' ')[1]), head, body: isJson ? JSON.parse(content) : content, text: content }
  }
  const call = (line: string, headers: string[] = [], body?: string) =>
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

t.test('headers of an organization come in any letters, both at once, or repeated', async t => {
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

t.test('the headers of pages are written in the letters that clients look for', async t => {
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

t.test('what is refused before a route runs is told in Tracker’s form too', async t => {
  const { call } = await listen(t)
  t.match(await call('POST /v3/issues', [], `"${'x'.repeat(1024 * 1024)}"`), {
    status: 413,
    body: { statusCode: 413, errorMessages: [/large/] },
  })
  t.match(await call('PUT /v3/issues/TEST-1', [], '{}'), { status: 404, body: { statusCode: 404, errors: {} } })
  t.match(await call(`GET /v3/issues/${'x'.repeat(3000)}`), { status: 404, body: { statusCode: 404 } })
})
