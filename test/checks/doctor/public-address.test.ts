import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import t, { type Test } from 'tap'
import { publicAddressProbe } from '../../../src/checks/doctor/probes/public-address.ts'
import { linesOf, lookWith } from '../../support/doctor-ground.ts'
import { testApp } from '../../support/test-app.ts'

const pemOf = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../../scripts/proofs/kit/certificates/${name}.pem`), 'utf8')
const publicRoots = getCACertificates('default')
const trustTestRoot = () => setDefaultCACertificates([...publicRoots, pemOf('root')])
trustTestRoot()

const { app, setReady } = await testApp(t)
await app.ready()
const ours: RequestListener = (request, response) => app.routing(request, response)

/** An https server on loopback with one of the certificates; returns its port. */
async function serve(t: Test, certificate: string, listener: RequestListener = ours): Promise<number> {
  const pem = pemOf(certificate)
  const server = createServer({ key: pem, cert: pem }, listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const lookAt = (publicUrl: string, more: Parameters<typeof lookWith>[1] = {}) =>
  lookWith(publicAddressProbe, { file: { publicUrl }, ...more })

t.test('nothing is said of this server behind a right certificate, ready or not', async t => {
  const port = await serve(t, 'right')
  t.same(await lookAt(`https://127.0.0.1:${port}`), [])
  setReady(false)
  t.same(await lookAt(`https://localhost:${port}`), [], 'another probe says that it is not ready')
  setReady(true)
})

t.test('nothing is said of a plain address of a trial, whoever is there', async t => {
  for (const url of ['http://127.0.0.1:1', 'http://localhost:1', 'http://links.test']) t.same(await lookAt(url), [])
})

t.test('a certificate that has expired, is for another name, is not trusted, or ends soon', async t => {
  const expired = await lookAt(`https://127.0.0.1:${await serve(t, 'expired')}`)
  t.match(linesOf(expired), [/^TLK-R01 the certificate of 127\.0\.0\.1:\d+ expired 20\d\d-\d\d-\d\d \d\d:\d\d$/])
  t.ok((expired[0]?.since ?? new Date()) < new Date())
  const otherName = await lookAt(`https://127.0.0.1:${await serve(t, 'other-name')}`)
  t.match(linesOf(otherName), [/^TLK-R02 .* is for another name$/])
  t.match(otherName[0]?.evidence, [/^its certificate is for /])

  const port = await serve(t, 'right')
  const soon = await lookAt(`https://127.0.0.1:${port}`, { ground: { now: () => Date.parse('2125-11-21') } })
  t.match(linesOf(soon), [/^TLK-R12 .* ends 2125-12-01$/])
  setDefaultCACertificates(publicRoots)
  t.teardown(trustTestRoot)
  const untrusted = await lookAt(`https://127.0.0.1:${port}`)
  t.match(linesOf(untrusted), [/^TLK-R02 .* is not trusted$/])
  t.match(untrusted[0]?.next, `openssl s_client -connect 127.0.0.1:${port}`)
})

t.test('another program is told from this server, and a proxy without a server behind it from both', async t => {
  type Played = { status: number; headers?: Record<string, string>; body?: string }
  const cases: [Played, RegExp, RegExp][] = [
    [{ status: 200, body: 'It works!' }, /^TLK-R04 another program answers/, /was answered 200: "It works!"$/],
    [{ status: 200 }, /^TLK-R04/, /was answered 200 without a body$/],
    [{ status: 200, headers: { 'x-request-id': crypto.randomUUID() } }, /^TLK-R04/, /was answered 200/],
    [{ status: 404, body: 'x'.repeat(100_000) }, /^TLK-R04/, /answered 404: "x{200}"$/],
    [{ status: 301, headers: { location: 'https://a.example/' } }, /^TLK-R04/, /301 to "https:\/\/a\.example/],
    [
      { status: 503, body: '<h1>\u001b[1mNo server' },
      /^TLK-R03/,
      /answered 503: "<h1>\\u001b\[1mNo server": by a proxy/,
    ],
    [{ status: 502 }, /^TLK-R03/, /answered 502 without a body: by a proxy/],
  ]
  for (const [{ status, headers = {}, body = '' }, line, evidence] of cases) {
    const port = await serve(t, 'right', (_, response) => {
      response.writeHead(status, headers).end(body)
    })
    const found = await lookAt(`https://127.0.0.1:${port}`)
    t.match(linesOf(found), [line])
    t.match(found[0]?.evidence[0], evidence)
  }
})

t.test('an address where nobody listens, or that does not speak TLS or HTTP', async t => {
  const plain = createTcpServer(socket =>
    socket
      .on('error', () => {})
      .resume()
      .end('220 hello\r\n'),
  )
  await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', resolve))
  const { port } = plain.address() as AddressInfo
  t.match(linesOf(await lookAt(`https://127.0.0.1:${port}`)), [/^TLK-R03 nothing answers at https:/])
  await new Promise(resolve => plain.close(resolve))
  const [nobody] = await lookAt(`https://127.0.0.1:${port}`)
  t.match(nobody, { code: 'TLK-R03', next: `curl -v https://127.0.0.1:${port}/health`, evidence: [/ECONNREFUSED/] })
  const hangsUp = await serve(t, 'right', request => request.socket.destroy())
  t.match(linesOf(await lookAt(`https://127.0.0.1:${hangsUp}`)), [/^TLK-R03/])
  await t.rejects(lookAt(`https://127.0.0.1:${port}`, { signal: AbortSignal.abort() }), { name: 'AbortError' })
})
