import { request as httpRequest, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const open = { kind: 'none' as const }
const crm = { id: 'crm', authorization: open }
const erp = { id: 'erp', authorization: open }

/** A database that answers nothing until it is let go. */
function heldDatabase(prisma: PrismaClient) {
  const gate = Promise.withResolvers<void>()
  let held = 0
  const hold = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_target, name) {
        const value = Reflect.get(target, name) as unknown
        if (name === 'linkedObject' || name === 'link') return hold(value as object)
        if (typeof value !== 'function') return value
        if (!/^(\$query|\$execute|find)/.test(String(name))) return value.bind(target)
        return async (...input: unknown[]) => {
          held++
          await gate.promise
          return value.apply(target, input)
        }
      },
    })
  return { database: hold(prisma), letGo: gate.resolve, held: () => held }
}

type Answer = { status: number; headers: IncomingMessage['headers']; body: string }

const ask = (url: string, method = 'GET', body?: object) =>
  new Promise<Answer>((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const request = httpRequest(url, { method, headers, agent: false }, answer => {
      let text = ''
      answer.on('data', part => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
    request.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })

/** A server whose database is held, and links to create in it. */
async function underLoad(t: Test) {
  const { prisma, openReplica, log } = await testApp(t, crm, erp)
  const { database, letGo, held } = heldDatabase(prisma)
  const server = await openReplica({
    storage: { prisma: database },
    // It stands still: however slow the machine is, no time passes in which nothing ended.
    clock: { now: () => 1_000 },
  })
  const url = await server.publicApp.listen({ host: '127.0.0.1', port: 0 })
  const adminUrl = await server.adminApp.listen({ host: '127.0.0.1', port: 0 })
  const create = (application: string, issue: number) =>
    ask(`${url}/${application}/links`, 'POST', { issueKey: `TEST-${issue}`, entityIds: ['D-1'] })
  return { url, adminUrl, create, letGo, held, log, prisma }
}

t.test('changes beyond what can be done in time are refused at once, and all that were let in are stored', async t => {
  const { url, adminUrl, create, letGo, log, prisma } = await underLoad(t)
  let refused = 0
  const count = (answer: Answer) => {
    if (answer.status === 503) refused++
    return answer
  }
  const creations = Array.from({ length: 450 }, (_, n) => create('crm', n + 1).then(count))
  await until(() => refused >= 150)

  t.equal((await ask(`${url}/health`)).status, 200, 'the health is answered')
  const operator = await ask(`${adminUrl}/api/applications`)
  t.equal(operator.status, 503, 'an operator waits')
  t.match(JSON.parse(operator.body), { code: 'overloaded' })
  const removal = await ask(`${url}/crm/links?issueKey=TEST-1&remoteKey=D-1`, 'DELETE')
  t.equal(removal.status, 503, 'a removal is a change, too')
  const other = create('erp', 1)

  letGo()
  t.equal((await other).status, 201, 'another application is let in meanwhile')
  const answers = await Promise.all(creations)
  const created = answers.filter(({ status }) => status === 201)
  t.equal(created.length + refused, 450)
  t.ok(created.length >= 256, `${created.length} were let in`)
  const stored = await prisma.link.count({ where: { applicationId: 'crm' } })
  t.equal(stored, created.length, 'what was refused was not done')

  const refusal = answers.find(({ status }) => status === 503) as Answer
  t.match(refusal.headers['retry-after'], /^[123]$/)
  t.equal(refusal.headers['content-length'], `${Buffer.byteLength(refusal.body)}`)
  t.match(refusal.headers['content-type'], /^application\/problem\+json/)
  t.match(JSON.parse(refusal.body), { code: 'overloaded', status: 503, requestId: refusal.headers['x-request-id'] })
  const told = log.filter(({ msg }) => String(msg).startsWith('calls are refused'))
  t.match(told, [{ application: 'crm', level: 'warn' }], 'the log tells it once, not for each call')
  t.equal(told.length, 1)

  t.equal((await create('crm', 1)).status, 200, 'afterwards all is as before')

  const scraped = (await ask(`${adminUrl}/metrics`)).body
  const counted = (call: string) =>
    Number(new RegExp(`calls_total{application="crm",call="${call}",status="5xx",source=""} (\\d+)`).exec(scraped)?.[1])
  t.equal(counted('createLink'), refused, 'each refusal is counted')
  t.equal(counted('removeLink'), 1)
})

t.test('cards that are not in memory are refused beyond a number, those of another application are not', async t => {
  const { url, letGo, held, prisma, log } = await underLoad(t)
  await prisma.linkedObject.createMany({
    data: ['crm', 'erp'].map(applicationId => ({ applicationId, key: 'D-1', summary: 'One' })),
  })
  let refused = 0
  const cards = Array.from({ length: 1_100 }, (_, n) =>
    ask(`${url}/crm/objects/D-${n}`).then(answer => {
      if (answer.status === 503) refused++
      return answer.status
    }),
  )
  await until(() => refused >= 50 && held() > 0)
  const other = ask(`${url}/erp/objects/D-1`)
  letGo()
  t.equal((await other).status, 200)
  t.same(new Set(await Promise.all(cards)), new Set([200, 404, 503]))
  const told = log.filter(({ code }) => code === 'overloaded')
  t.match(told, [{ application: 'crm', level: 'warn' }], 'the log tells it once, not for each call')
  t.equal(told.length, 1)
  const refusals = await until(async () => {
    const { _sum } = await prisma.callRecord.aggregate({ _sum: { standsFor: true }, where: { code: 'overloaded' } })
    return (_sum.standsFor ?? 0) >= refused && _sum.standsFor
  })
  t.equal(refusals, refused, 'the request log has them, of a flood counted')
})

t.test('triggers of one application leave room for those of another', async t => {
  const token = 'canary-triggers-Zk3vQ8sW1xR7pL5nT9bH2mD6uP5g'
  const { prisma, openReplica } = await testApp(
    t,
    { ...crm, triggers: { token } },
    { ...erp, triggers: { token: token.replace('Zk', 'Yk') } },
  )
  const { database, letGo, held } = heldDatabase(prisma)
  const { publicApp } = await openReplica({ storage: { prisma: database } })
  const tell = (application: string, number: number, authorization = `OAuth ${token}`) =>
    publicApp.inject({
      method: 'POST',
      url: `/${application}/triggers`,
      headers: { authorization, 'content-type': 'application/json' },
      payload: { event: 'moved', issue: { key: `PROD-${number}`, id: `id${number}`, previousKey: `TEST-${number}` } },
    })
  const flood = Array.from({ length: 8 }, (_, n) => tell('crm', n + 1))
  await until(() => held() >= 8)
  t.equal((await tell('crm', 9)).statusCode, 503)
  const other = tell('erp', 1, `OAuth ${token.replace('Zk', 'Yk')}`)
  await until(() => held() >= 9)
  letGo()
  for (const answer of [other, ...flood]) t.equal((await answer).statusCode, 200)
})

t.test('a card of one application does not wait for a flood of another’s', async t => {
  const { openReplica, prisma } = await testApp(t, crm, erp)
  const objects = ['crm', 'erp'].map(applicationId => ({ applicationId, key: 'D-1', summary: 'One' }))
  await prisma.linkedObject.createMany({ data: objects })
  // It stands still: however slow the machine is, calls come quickly, and all have come within a second.
  const { publicApp } = await openReplica({
    clock: { now: () => 1_000 },
    // Changes are heard, so that cards are answered from memory.
    storage: { watchObjects: listener => listener.heard() },
  })
  let flooded = 0
  const card = async (application: string) => {
    t.equal((await publicApp.inject(`/${application}/objects/D-1`)).statusCode, 200)
    if (application === 'crm') flooded++
  }
  const flood = () => Array.from({ length: 64 }, () => card('crm'))
  await Promise.all(flood())
  await card('erp')
  // A turn that began before the other called is not shared.
  await until(async () => {
    flooded = 0
    const calls = flood()
    await card('erp')
    const before = flooded
    await Promise.all(calls)
    return before < 32
  })
  t.equal(flooded, 64, 'all of the flood is answered, too')
})
