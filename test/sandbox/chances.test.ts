import t from 'tap'
import { createCallDesk } from '../../src/sandbox/call-desk/call-desk.ts'
import { type Chances, createChances, type WrittenChances } from '../../src/sandbox/chances/chances.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import { json, playApplication } from '../application-calls/play-application.ts'
import { crm } from './play-tracker.ts'

const world = createWorld({ applications: [crm] })
const { app } = await buildSandbox({ world })
const address = await app.listen({ host: '127.0.0.1', port: 0 })
t.teardown(() => app.close())

const ask = (method: string, path: string, body?: unknown) =>
  fetch(address + path, {
    method,
    headers: { authorization: 'OAuth canary-sandbox', 'x-org-id': '1' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
const chances = async (written: WrittenChances) => {
  const answer = await ask('PUT', '/sandbox/chances', written)
  t.equal(answer.status, 200)
}
const linked = async () => {
  const links = (await (await ask('GET', '/v3/issues/TEST-1/remotelinks')).json()) as { object: { key: string } }[]
  return links.map(({ object }) => object.key)
}
const link = (key: string) =>
  ask('POST', '/v3/issues/TEST-1/remotelinks', { relationship: 'RELATES', key, origin: 'crm' })

t.test('a request fails before the change or after it, with an answer or without one', async t => {
  await chances({ requests: { tooMany: 1 }, retryAfter: 3 })
  const refused = await link('refused')
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '3')
  await chances({ requests: { failed: 1 } })
  t.equal((await link('failed')).status, 503)
  await chances({ requests: { lost: 1 } })
  await t.rejects(link('lost'))
  await chances({ requests: { failedAfter: 1 } })
  const failed = await link('failed after')
  t.equal(failed.status, 503)
  t.match(await failed.json(), { errorMessages: [/by chance/] })
  await chances({ requests: { lostAfter: 1 } })
  await t.rejects(link('lost after'))
  await chances({})
  t.same(await linked(), ['failed after', 'lost after'], 'what was answered 429 or failed before is not there')

  const log = (await (await ask('GET', '/sandbox/requests/log')).json()) as { method: string; fault?: string }[]
  t.match(
    log.filter(({ method }) => method === 'POST'),
    [
      { address: '/v3/issues/TEST-1/remotelinks', status: 429, fault: 'tooMany' },
      { status: 503, fault: 'failed' },
      { method: 'POST', fault: undefined },
      { status: 503, fault: 'failedAfter' },
      { method: 'POST', status: undefined },
    ],
  )
})

t.test('a fault of the request itself is not hidden, and chances are checked', async t => {
  await chances({ requests: { failedAfter: 1 } })
  t.equal((await ask('GET', '/v3/issues/TEST-999')).status, 404)
  await chances({})
  const answer = await ask('PUT', '/sandbox/chances', { requests: { lost: 2 }, calls: { createLink: { lost: 1 } } })
  t.equal(answer.status, 422)
  t.match(await answer.json(), { errors: { 'requests.lost': /<= 1/, 'calls.createLink.lost': /additional/ } })
})

/** A thousand draws of each kind. */
const drawn = (seed: number) => {
  const chances: Chances = createChances()
  chances.set({ seed, requests: { slow: 0.2, lost: 0.1, tooMany: 0.3 }, calls: { createLink: { dropped: 0.5 } } })
  const requests = Array.from({ length: 1_000 }, () => chances.ofRequest())
  return { requests, calls: Array.from({ length: 1_000 }, () => chances.ofCall('createLink').dropped === true) }
}

t.test('the same seed has the same luck, in the shares that were asked for', async t => {
  const one = drawn(7)
  t.same(one, drawn(7))
  t.notSame(one, drawn(8))
  const share = (fault: string) => one.requests.filter(request => request.fault === fault).length
  t.ok(Math.abs(share('lost') - 100) < 40 && Math.abs(share('tooMany') - 300) < 60 && share('failed') === 0)
  t.ok(Math.abs(one.calls.filter(Boolean).length - 500) < 80)
})

t.test('a call to an application is dropped or repeated by chance, besides the faults that are on', async t => {
  const application = await playApplication(t)
  application.answerWith((_request, response) => json(response, {}))
  const luck = createChances()
  const desk = createCallDesk({ chances: luck })
  t.teardown(() => desk.close())
  luck.set({ calls: { createLink: { dropped: 1 }, removeLink: { repeated: 1, slow: 1 } }, slowMost: 2 })
  t.match(await desk.createLink(application.crm, 'TEST-1', ['1']), { state: 'unsent', faults: ['dropped'] })
  t.match(await desk.removeLink(application.crm, 'TEST-1', '1'), { state: 'answered', faults: ['slow'] })
  t.equal(application.calls.length, 2)
})
