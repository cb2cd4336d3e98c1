import { randomUUID } from 'node:crypto'
import t from 'tap'
import { idempotentAnswers, type OnceRequest } from '../../src/storage/keys/idempotent-answers.ts'
import { putObjects } from '../../src/storage/objects/put-objects.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { changedClient } from '../support/changed-client.ts'
import { testApi } from '../support/test-api.ts'

const links = '/api/applications/crm/links'
const link = (issueKey: string, ...remoteKeys: string[]) => ({ issueKey, remoteKeys })
const once = (key: string = randomUUID()) => ({ headers: { 'idempotency-key': key } })

t.test('a write with an Idempotency-Key', async t => {
  const api = await testApi(t, { unknownObjects: 'reject' }, { id: 'erp' })
  const { call, prisma, makeKey, startReplica } = api
  const answers = idempotentAnswers(prisma, () => 24)
  await api.objects.put('crm', ['1', '2', '3'].map(key => ({ key, summary: key })) as never)
  const events = () => prisma.linkEvent.count()

  await t.test('is done once, and answered byte for byte the same, by whichever server', async t => {
    const replica = await startReplica()
    const key = await makeKey()
    const ask = (app: typeof replica) =>
      app.inject({
        method: 'POST',
        url: links,
        payload: link('TEST-1', '1', '2'),
        headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'canary-"one"' },
      })
    const first = await ask(api.adminApp)
    t.equal(first.statusCode, 201)
    t.notOk(first.headers['idempotency-replayed'])
    for (const app of [api.adminApp, replica, api.adminApp]) {
      const again = await ask(app)
      t.equal(again.statusCode, 201, 'though the links are not new any more')
      t.equal(again.payload, first.payload)
      t.equal(again.headers['content-type'], first.headers['content-type'])
      t.equal(again.headers['idempotency-replayed'], 'true')
    }
    t.equal(await events(), 2)
    t.match(await call('POST', links, { body: link('TEST-1', '1', '2') }), { statusCode: 200 }, 'without it, it runs')
  })

  await t.test('keeps its refusals too, and what it had changed before is undone', async t => {
    const header = once()
    const refused = await call('POST', links, { body: link('TEST-2', '9'), ...header })
    t.equal(refused.statusCode, 422)
    await api.objects.put('crm', [{ key: '9', summary: 'Nine' }] as never)
    const again = await call('POST', links, { body: link('TEST-2', '9'), ...header })
    t.equal(again.payload, refused.payload, 'the request id included')
    t.match(again.headers, { 'content-type': /^application\/problem\+json/, 'idempotency-replayed': 'true' })
    t.equal((await call('POST', links, { body: link('TEST-2', '9'), ...once() })).statusCode, 201)

    const outcome = await answers.once(
      named('undone'),
      async ({ database }) => {
        await putObjects(database, 'crm', [{ key: 'half', summary: 'Half' }] as never)
        throw new Error('refused')
      },
      () => ({ status: 409, headers: {}, body: 'no' }),
    )
    t.same(outcome, { kind: 'done', answer: { status: 409, headers: {}, body: 'no' } })
    t.equal(await prisma.linkedObject.count({ where: { key: 'half' } }), 0)
  })

  await t.test('is refused where method, address, body or condition are others', async t => {
    const header = once('same')
    await call('POST', links, { body: link('TEST-3', '1'), ...header })
    const others = [
      () => call('POST', links, { body: link('TEST-3', '2'), ...header }),
      () =>
        call('POST', links, {
          body: `${JSON.stringify(link('TEST-3', '1'))} `,
          headers: { ...header.headers, ...json },
        }),
      () => call('POST', '/api/applications/erp/links', { body: link('TEST-3', '1'), ...header }),
      () => call('DELETE', `${links}?issueKey=TEST-3&remoteKey=1`, header),
      () => call('POST', links, { body: link('TEST-3', '1'), headers: { ...header.headers, 'if-match': '"1"' } }),
    ]
    for (const ask of others) t.match((await ask()).json(), { status: 422, code: 'idempotency-key-reused' })
    const other = { ...header.headers, authorization: `Bearer ${await makeKey()}` }
    t.equal(
      (await call('POST', links, { body: link('TEST-3', '3'), headers: other })).statusCode,
      201,
      'another caller',
    )
  })

  await t.test('that is under way elsewhere is told to come back', async t => {
    const [started, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const request = named('parallel')
    const first = answers.once(
      request,
      async () => {
        started.resolve()
        await finish.promise
        return { status: 204, headers: {}, body: '' }
      },
      () => undefined,
    )
    await started.promise
    t.same(await answers.once(request, impossible, () => undefined), { kind: 'inUse' })
    finish.resolve()
    t.match(await first, { kind: 'done' })
    t.match(await answers.once(request, impossible, () => undefined), { kind: 'replayed', answer: { status: 204 } })
  })

  await t.test('sent many times at once is done once', async t => {
    const before = await events()
    const replica = await startReplica()
    const authorization = `Bearer ${await makeKey()}`
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? api.adminApp : replica).inject({
          method: 'POST',
          url: links,
          payload: link('TEST-4', '1'),
          headers: { authorization, 'idempotency-key': 'many' },
        }),
      ),
    )
    const done = all.filter(answer => answer.statusCode === 201)
    const waiting = all.filter(answer => answer.json().code === 'idempotency-key-in-use')
    t.equal(done.length + waiting.length, 20)
    t.ok(waiting.every(answer => answer.headers['retry-after'] === '1'))
    t.equal(new Set(done.map(answer => answer.payload)).size, 1)
    t.equal(await events(), before + 1)
  })

  await t.test('asks an object source once, before its transaction', async t => {
    const asked: string[] = []
    const find = async (key: RemoteKey) => {
      asked.push(key)
      return { key, summary: 'Asked for' }
    }
    const source = { find, close: async () => {} }
    const app = await startReplica({
      sources: async () => ({
        sources: new Map([['crm', source]]),
        rulesOf: () => info => info,
        close: async () => {},
      }),
    })
    const authorization = `Bearer ${await makeKey()}`
    const ask = () =>
      app.inject({
        method: 'POST',
        url: links,
        payload: link('TEST-77', 'asked once'),
        headers: { authorization, 'idempotency-key': 'asks-a-source' },
      })
    const first = await ask()
    t.equal(first.statusCode, 201, first.payload)
    t.same(asked, ['asked once'])
    await prisma.linkedObject.deleteMany({ where: { key: 'asked once' } })
    t.equal((await ask()).payload, first.payload)
    t.same(asked, ['asked once'], 'a repeat asks nobody')
  })

  await t.test('whose server died before it answered is answered by another', async t => {
    const commitAndDie = async (...work: Parameters<typeof prisma.$transaction>) => {
      await prisma.$transaction(...work)
      throw new Error('killed after the commit')
    }
    const dying = await startReplica({ storage: { prisma: changedClient(prisma, { $transaction: commitAndDie }) } })
    const authorization = `Bearer ${await makeKey()}`
    const ask = (app: typeof dying, key: string) =>
      app.inject({
        method: 'POST',
        url: '/api/keys',
        payload: { name: 'new', scopes: ['links:read'] },
        headers: { authorization, 'idempotency-key': key },
      })
    t.equal((await ask(dying, 'dying')).statusCode, 500)
    const created = await prisma.apiKey.count()
    const after = await ask(api.adminApp, 'dying')
    t.equal(after.statusCode, 201)
    t.match(after.json().key, /^tlk_/)
    t.equal(await prisma.apiKey.count(), created, 'the key of the first call')
    t.equal(
      (await call('GET', '/api/applications', { headers: { authorization: `Bearer ${after.json().key}` } })).statusCode,
      200,
    )
    const kept = JSON.stringify(await prisma.idempotentAnswer.findMany())
    t.notOk(kept.includes(after.json().key.slice(17, 50)), 'which the database does not tell')
  })

  await t.test('that met a conflict or failed is tried again, and nothing is kept of a failure', async t => {
    let tries = 0
    const outcome = await answers.once(
      named('conflict'),
      async ({ database }) => {
        tries++
        await putObjects(database, 'crm', [{ key: `try ${tries}`, summary: 'x' }] as never)
        if (tries === 1) throw Object.assign(new Error('deadlock'), { code: 'P2034' })
        return { status: 200, headers: {}, body: 'done' }
      },
      () => undefined,
    )
    t.match(outcome, { kind: 'done' })
    t.equal(tries, 2)
    t.equal(await prisma.linkedObject.count({ where: { key: { startsWith: 'try' } } }), 1)

    await t.rejects(
      answers.once(named('failed'), impossible, () => undefined),
      { message: 'must not run' },
    )
    t.match(
      await answers.once(
        named('failed'),
        async () => ({ status: 200, headers: {}, body: '' }),
        () => undefined,
      ),
      {
        kind: 'done',
      },
    )
  })

  await t.test('is forgotten after 24 hours', async t => {
    const header = once('old')
    await call('POST', links, { body: link('TEST-5', '1'), ...header })
    await prisma.idempotentAnswer.updateMany({
      where: { idempotencyKey: 'old' },
      data: { createdAt: new Date(Date.now() - 24 * 3_600_000 - 1_000) },
    })
    t.equal((await call('POST', links, { body: link('TEST-5', '2'), ...header })).statusCode, 201, 'another request')
  })

  await t.test('may have a condition, and move what it names', async t => {
    const object = '/api/applications/crm/objects/3'
    const { headers } = await call('GET', object)
    const ifMatch = { 'if-match': headers.etag as string }
    const push = () =>
      call('PUT', object, {
        body: { summary: 'With a condition' },
        headers: { ...ifMatch, 'idempotency-key': 'condition' },
      })
    const first = await push()
    t.equal(first.statusCode, 200)
    t.match(await push(), { statusCode: 200, payload: first.payload, headers: { etag: first.headers.etag } })
    const late = { body: { summary: 'Late' }, headers: { ...ifMatch, 'idempotency-key': 'late' } }
    const refused = await call('PUT', object, late)
    t.equal(refused.statusCode, 412)
    const again = await call('PUT', object, late)
    t.match(again, { statusCode: 412, payload: refused.payload, headers: { etag: refused.headers.etag } })

    const rename = () => call('POST', `${object}/rename`, { body: { to: '3/new' }, ...once('rename') })
    const renamed = await rename()
    t.equal(renamed.statusCode, 200, renamed.payload)
    t.equal((await rename()).payload, renamed.payload, 'though the old key is gone')
  })

  await t.test('names itself in 1 to 255 visible characters', async t => {
    for (const key of ['', ' ', 'a b', 'x'.repeat(256), 'ключ', 'é']) {
      const refused = await call('DELETE', `${links}?issueKey=TEST-1&remoteKey=1`, {
        headers: { 'idempotency-key': Buffer.from(key).toString('latin1') },
      })
      t.equal(refused.json().code, 'idempotency-key-invalid', key)
    }
    const removed = await call('DELETE', `${links}?issueKey=TEST-1&remoteKey=1`, once('~'.repeat(255)))
    t.equal(removed.statusCode, 204)
    const again = await call('DELETE', `${links}?issueKey=TEST-1&remoteKey=1`, once('~'.repeat(255)))
    t.match(again, { statusCode: 204, payload: '', headers: { 'x-removed': 'true', 'idempotency-replayed': 'true' } })
  })
})

const json = { 'content-type': 'application/json' }
const named = (idempotencyKey: string): OnceRequest => ({
  apiKeyId: 'test',
  idempotencyKey,
  requestHash: new Uint8Array(32),
})
const impossible = async () => {
  throw new Error('must not run')
}
