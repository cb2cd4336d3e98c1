// docker/Caddyfile, unchanged, in a real Caddy on the loopback interface, in front of a server that reports what reached it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { caddyfile, startCaddy } from './caddy.ts'
import { plainEnvironment, run, scratchFolder } from './programs.ts'

t.test('Caddy takes the file, and gets a certificate for the host by itself', async t => {
  const folder = scratchFolder(t)
  const env = plainEnvironment({ PUBLIC_HOST: 'links.example.com', HOME: folder, XDG_DATA_HOME: folder })
  const options = { cwd: folder, env }
  t.match(
    await run('caddy', ['validate', '--adapter', 'caddyfile', '--config', caddyfile], options),
    /Valid configuration/,
  )
  const printed = await run('caddy', ['adapt', '--adapter', 'caddyfile', '--config', caddyfile], options)
  const adapted = JSON.parse(printed.slice(printed.indexOf('{"admin"')))
  const { srv0, ...others } = adapted.apps.http.servers
  t.same(others, {})
  t.same(srv0.listen, [':443'])
  t.same(srv0.routes[0].match, [{ host: ['links.example.com'] }])
  t.equal(srv0.automatic_https, undefined, 'automatic HTTPS and the redirect from port 80 are on')
  t.match(JSON.stringify(srv0.routes), /"dial":"server:8080"/)
  t.same(adapted.admin, { disabled: true })
})

t.test('an address reaches the server byte for byte', async t => {
  const { port } = await proxied(t)
  const addresses = [
    '/crm/objects/group%2Fproject%2F-%2F7',
    '/crm/objects/group%2fproject',
    '/crm/objects/group/project/',
    '/crm//objects///x',
    '/crm/objects/./a/../b',
    '/crm/objects/%2E%2E%2Fa',
    '/crm/objects/a%252Fb',
    '/crm/objects/a+b%20c;d,e:f@g=h&i$j!k*l(m)~',
    '/crm/objects/%41%7e',
    '/crm/objects/%D0%B4%d0%be',
    '/crm/objects/%F0%9F%94%97',
    '/crm/objects/%E2%82',
    '/crm/objects/a%00b',
    '/crm/links?issueKey=TEST-1&remoteKey=a%2Fb%20c+d',
    '/crm/links?remoteKey=100%&issueKey=TEST-1',
    '/crm/links?remoteKey=a;b&remoteKey=c&&x',
    '/crm/links?remoteKey=%zz',
    '/links/?action=del&ticket=TEST-123&obj=1234',
    '/?',
  ]
  for (const address of addresses) t.equal(JSON.parse(await rawAnswer(port, address)).url, address)
})

t.test('an invalid address is refused, or encoded without changing its meaning', async t => {
  const { port } = await proxied(t)
  t.equal(JSON.parse(await rawAnswer(port, '/crm/objects/Дело|1')).url, encodeURI('/crm/objects/Дело|1'))
  t.match(await rawAnswer(port, '/crm/objects/100%'), /^400 /, 'a bare % in the path does not pass')
})

t.test('headers and the body of a call arrive, and what the proxy adds is right', async t => {
  const { port } = await proxied(t)
  const headers = { authorization: 'OAuth canary-proxy', 'content-type': 'application/json' }
  const body = '{"a":"б"}'
  const answer = await fetch(`http://127.0.0.1:${port}/crm/links`, { method: 'DELETE', headers, body })
  const seen = await answer.json()
  t.match(seen, { method: 'DELETE', body, headers: { ...headers, 'x-forwarded-proto': 'http' } })
  t.match(answer.headers.get('strict-transport-security') ?? '', /^max-age=\d{8}$/)
  t.equal(answer.headers.get('server'), null)
})

t.test('a body that is far too large is refused with 413 before it is sent on', async t => {
  const { port, calls } = await proxied(t)
  const declared = request({ host: '127.0.0.1', port, method: 'POST', headers: { 'content-length': 1_000_000 } })
  declared.flushHeaders()
  const [answer] = await once(declared, 'response')
  t.equal(answer.statusCode, 413)
  declared.destroy()
  t.equal(calls(), 0)
})

t.test('a call waits while the server restarts', async t => {
  const { port, stopListening, listenAgain } = await proxied(t)
  await stopListening()
  const answer = rawAnswer(port, '/crm/objects/1')
  const stillWaiting = new Promise(resolve => setTimeout(resolve, 500, 'waiting'))
  t.equal(await Promise.race([answer, stillWaiting]), 'waiting')
  listenAgain()
  t.equal(JSON.parse(await answer).url, '/crm/objects/1')
})

t.test("what the proxy logs of a failed call holds no token, whatever the token's header is called", async t => {
  const { port, caddy, fail } = await proxied(t)
  fail()
  const headers = { authorization: 'OAuth canary-proxy', 'x-crm-token': 'canary-proxy-own-header' }
  t.equal((await fetch(`http://127.0.0.1:${port}/crm/objects/1`, { method: 'POST', headers })).status, 502)
  t.match(caddy.output(), /\/crm\/objects\/1/, 'the failure is logged')
  t.notMatch(caddy.output(), /canary/)
})

/** Caddy with our file, in front of a server that answers with what it got. */
async function proxied(t: Test) {
  let calls = 0
  let mayAnswer = true
  const server = createServer((incoming, outgoing) => {
    calls++
    if (mayAnswer) tell(incoming, outgoing).catch(() => outgoing.destroy())
    else incoming.socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: upstreamPort } = server.address() as AddressInfo
  const { port, caddy } = await startCaddy(t, `127.0.0.1:${upstreamPort}`)
  calls = 0
  t.teardown(() => server.close())
  return {
    port,
    caddy,
    calls: () => calls,
    fail: () => {
      mayAnswer = false
    },
    stopListening: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
    listenAgain: () => server.listen(upstreamPort, '127.0.0.1'),
  }
}

/** Answers with the request. */
async function tell(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { url, method, headers } = incoming
  outgoing.setHeader('server', 'something').end(JSON.stringify({ url, method, headers, body: await text(incoming) }))
}

/** Sends a request line unchanged, as no HTTP client would; returns the body, or the status of a refusal. */
async function rawAnswer(port: number, address: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${address} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  const answer = await text(socket)
  const status = answer.slice('HTTP/1.1 '.length, answer.indexOf('\r\n'))
  return status.startsWith('200') ? answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1) : status
}
