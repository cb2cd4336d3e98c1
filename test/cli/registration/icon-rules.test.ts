import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { crm, registration } from './run-registration.ts'

t.test('an icon that comes is no matter', async t => {
  const icon = await serveIcon(t, (request, response) => {
    // Some servers know no HEAD; the address may redirect.
    if (request.method === 'HEAD') response.writeHead(405).end()
    else if (request.url === '/icon.svg') response.writeHead(302, { location: '/moved.svg' }).end()
    else response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>')
  })
  const { code, told } = await registration(t, [], { applications: [{ ...crm, defaultIconUrl: icon }] })
  t.equal(code, 0)
  t.notMatch(told, /The icon( |'s)/)
})

t.test('an icon that does not come is a warning, and the sheet is printed', async t => {
  let elsewhere = 0
  const other = await serveIcon(t, (_request, response) => {
    elsewhere++
    response.end()
  })
  const answers: Record<string, [RequestListener, RegExp]> = {
    missing: [(_request, response) => response.writeHead(404).end(), /address answers 404/],
    'no image': [
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      /not an image but text\/html/,
    ],
    'in a circle': [
      (_request, response) => response.writeHead(301, { location: '/icon.svg' }).end(),
      /redirects more than 3 times/,
    ],
    'into a private network': [
      (_request, response) => response.writeHead(302, { location: other }).end(),
      /redirects to one that is not public/,
    ],
    'into another scheme': [
      (_request, response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end(),
      /redirects to one that is not public/,
    ],
    broken: [(request, _response) => request.socket.destroy(), /does not answer \(/],
    never: [() => {}, /did not come within 3 seconds/],
  }
  for (const [name, [listener, words]] of Object.entries(answers)) {
    const icon = await serveIcon(t, listener)
    const { code, out, told } = await registration(t, [], { applications: [{ ...crm, defaultIconUrl: icon }] })
    t.match({ code, told }, { code: 0, told: words }, name)
    t.match(out, icon)
  }
  t.equal(elsewhere, 0, 'no request went where the redirect pointed')
})

/** Plays the owner's web server. Returns the address of the icon. */
async function serveIcon(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/icon.svg`
}
