import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { ConfigFaults } from '../src/config/config-faults.ts'
import { fillApplication, fillSandbox } from '../src/config/fill-defaults.ts'
import type { ApplicationEntry, Config } from '../src/config/schema.ts'
import { defaultRetention } from '../src/config/schemas/retention-schema.ts'
import type { ObjectSource } from '../src/linked-objects/object-source.ts'
import { newApiKey } from '../src/management-api/api-key.ts'
import type { Server, ServerOptions } from '../src/server.ts'
import type { ObjectChangeListener } from '../src/storage/objects/object-changes.ts'
import { storedApiKeys } from './support/stored.ts'
import { type ReplicaOptions, testApp } from './support/test-app.ts'
import { until } from './support/until.ts'

const json = { 'content-type': 'application/json' }
const publicUrl = 'https://links.example.com'

const configOf = (...entries: (Partial<ApplicationEntry> & { id: string })[]): Config => ({
  publicUrl,
  organizations: [],
  retention: defaultRetention,
  sandbox: fillSandbox(),
  applications: entries.map(entry =>
    fillApplication(
      {
        name: entry.id,
        frontUrl: `https://${entry.id}.example.com/{{remoteKey}}`,
        responsible: 'crm@example.com',
        authorization: { kind: 'none' },
        ...entry,
      },
      { publicUrl, directory: import.meta.dirname },
    ),
  ),
})
const withToken = (id: string, token: string) => ({
  id,
  authorization: { kind: 'token' as const, tokens: [token] },
})

type Listening = Server & {
  url: string
  adminUrl: string
  /** What the next reload reads. */
  next: { config: Config; needRestart?: readonly string[]; faults?: ConfigFaults }
  log: Record<string, unknown>[]
  key: (applications?: readonly string[]) => Promise<string>
}

const listen = (app: FastifyInstance) => app.listen({ host: '127.0.0.1', port: 0 })

/** A server that listens and reads what `next` holds when it is reloaded. */
async function listening(t: Test, config: Config, more: ReplicaOptions = {}): Promise<Listening> {
  const { openReplica, prisma, log } = await testApp(t)
  const next: Listening['next'] = { config }
  const readAgain: ServerOptions['readAgain'] = () => {
    if (next.faults) throw next.faults
    return { config: next.config, needRestart: next.needRestart ?? [] }
  }
  const server = await openReplica({ config, readAgain, ...more })
  const [url, adminUrl] = await Promise.all([listen(server.publicApp), listen(server.adminApp)])
  const key: Listening['key'] = async (applications = []) => {
    const { id, key, hash } = newApiKey()
    await storedApiKeys(prisma).create({ id, name: 'operator', hash, scopes: ['admin'], applications })
    return key
  }
  return Object.defineProperties(
    { url, adminUrl, next, log, key } as Listening,
    Object.getOwnPropertyDescriptors(server),
  )
}

const jsonOf = async (url: string) => (await (await fetch(url)).json()) as Record<string, unknown>

const statusOf = async (url: string, token?: string) => {
  const answer = await fetch(url, token === undefined ? {} : { headers: { authorization: `OAuth ${token}` } })
  await answer.arrayBuffer()
  return answer.status
}

t.test('a reload serves other tokens and other applications from the next call on', async t => {
  const server = await listening(t, configOf(withToken('crm', 'first-token-1234567890'), { id: 'old' }))
  const card = `${server.url}/crm/objects/1`
  t.equal(await statusOf(card, 'first-token-1234567890'), 404, 'let in')
  server.next.config = configOf(withToken('crm', 'second-token-1234567890'), { id: 'tests' })
  server.next.needRestart = ['PORT']
  t.same(await server.reload(), {
    applications: { added: ['tests'], removed: ['old'], changed: ['crm'] },
    needRestart: ['PORT'],
    notices: ['anybody may call tests: authorization is none'],
  })
  t.equal(await statusOf(card, 'first-token-1234567890'), 401)
  t.equal(await statusOf(card, 'second-token-1234567890'), 404)
  const problemOf = async (path: string) => (await jsonOf(`${server.url}${path}`)).code
  t.equal(await problemOf('/tests/objects/1'), 'object-unknown')
  t.equal(await problemOf('/old/objects/1'), 'no-such-address')
  t.match(
    server.log.filter(({ level }) => level === 'warn'),
    [{ needRestart: ['PORT'] }],
  )
  t.notMatch(JSON.stringify(server.log), /(first|second)-token/)
})

t.test('a call in flight ends with the configuration that it began with', async t => {
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const closed: string[] = []
  const source = (name: string): ObjectSource => ({
    find: async key => {
      asked.resolve()
      if (name === 'first') await answer.promise
      return { key, summary: `From the ${name}` }
    },
    close: async () => void closed.push(name),
  })
  const names = ['first', 'second']
  const cards = { budgetMilliseconds: 5_000, maxAgeSeconds: 0 }
  const config = configOf({ id: 'crm', objects: { source: 'module', file: 'crm.js' }, cards })
  const server = await listening(t, config, {
    sources: async () => {
      const one = source(names.shift() ?? 'third')
      return { sources: new Map([['crm', one]]), rulesOf: () => info => info, close: () => one.close() }
    },
  })
  const summaryOf = async () => (await jsonOf(`${server.url}/crm/objects/1`)).summary
  const early = summaryOf()
  await asked.promise
  await server.reload()
  t.equal(await summaryOf(), 'From the second')
  t.same(closed, [], 'the former source is still open')
  answer.resolve()
  t.equal(await early, 'From the first')
  await server.close()
  t.same(closed.toSorted(), ['first', 'second'], 'each source is closed at the stop')
})

t.test('a configuration with faults is refused as a whole', async t => {
  const server = await listening(t, configOf(withToken('crm', 'first-token-1234567890')))
  const rule = 'It starts with `/`'
  server.next.faults = new ConfigFaults([
    { place: 'tracker-links.yaml:4:5', field: 'applications[0].path', rule, hint: 'Write it so.' },
    { field: 'PORT', rule: 'It is a number', hint: 'Write one.' },
  ])
  const headers = { authorization: `Bearer ${await server.key()}` }
  const answer = await fetch(`${server.adminUrl}/api/reload`, { method: 'POST', headers })
  t.equal(answer.status, 422)
  t.match(await answer.json(), {
    code: 'configuration-invalid',
    errors: [{ field: 'tracker-links.yaml:4:5 applications[0].path', rule }, { field: 'PORT' }],
  })
  t.equal(await statusOf(`${server.url}/crm/objects/1`, 'first-token-1234567890'), 404, 'the former is served')
  delete server.next.faults
  const repaired = await fetch(`${server.adminUrl}/api/reload`, { method: 'POST', headers })
  t.same(
    [repaired.status, await repaired.json()],
    [200, { applications: { added: [], removed: [], changed: [] }, needRestart: [], notices: [] }],
  )
})

t.test('a key that is limited to applications cannot reload', async t => {
  const server = await listening(t, configOf({ id: 'crm' }))
  const reload = (key: string) =>
    fetch(`${server.adminUrl}/api/reload`, { method: 'POST', headers: { authorization: `Bearer ${key}` } })
  t.equal((await reload(await server.key(['crm']))).status, 403)
  t.equal((await reload('tlk_nobody')).status, 401)
})

t.test('without a configuration file there is nothing to reload', async t => {
  const { openReplica } = await testApp(t)
  await t.rejects((await openReplica()).reload(), { code: 'nothing-to-reload' })
})

t.test('no call is lost over many reloads, and none waits for one', async t => {
  const server = await listening(t, configOf({ id: 'crm' }))
  const statuses = new Map<number, number>()
  const calling = { isOver: false }
  const callOnAndOn = async (caller: number) => {
    for (let call = 0; !calling.isOver; call++) {
      const body = JSON.stringify({ issueKey: `TEST-${caller + 1}`, entityIds: [String(call)] })
      const answer = await fetch(`${server.url}/crm/links`, { method: 'POST', headers: json, body })
      await answer.arrayBuffer()
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    }
  }
  const callers = Array.from({ length: 8 }, (_, caller) => callOnAndOn(caller))
  for (let reload = 1; reload <= 10; reload++) {
    const answered = statuses.get(201) ?? 0
    server.next.config = configOf({ id: 'crm', name: `CRM ${reload}` })
    const [first, second] = await Promise.all([server.reload(), server.reload()])
    t.same([first.applications.changed, second.applications.changed], [['crm'], []], 'one after the other')
    await until(() => (statuses.get(201) ?? 0) > answered + 20)
  }
  calling.isOver = true
  await Promise.all(callers)
  t.same([...statuses.keys()], [201])
})

t.test('changes of objects reach the cards of each configuration', async t => {
  let listener: ObjectChangeListener | undefined
  const watchObjects = (one: ObjectChangeListener) => {
    listener = one
  }
  const server = await listening(t, configOf({ id: 'crm' }), { storage: { watchObjects } })
  const headers = { authorization: `Bearer ${await server.key()}`, ...json }
  const push = (summary: string) =>
    fetch(`${server.adminUrl}/api/applications/crm/objects/1`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ summary }),
    })
  const summary = async () => (await jsonOf(`${server.url}/crm/objects/1`)).summary
  await push('One')
  await server.reload()
  listener?.heard()
  t.equal(await summary(), 'One')
  await server.storage.prisma.$executeRaw`UPDATE linked_object SET summary = 'Two'`
  t.equal(await summary(), 'One', 'the card is in memory')
  listener?.changed('crm', '1')
  t.equal(await summary(), 'Two')
})

t.test('a server that is stopped while it reloads closes both configurations', async t => {
  const opening = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let opened = 0
  const closed: number[] = []
  const server = await listening(t, configOf({ id: 'crm' }), {
    sources: async () => {
      const own = opened++
      if (own === 1) {
        opening[0]?.resolve()
        await opening[1]?.promise
      }
      const close = async () => {
        await new Promise(setImmediate)
        closed.push(own)
      }
      return { sources: new Map(), rulesOf: () => info => info, close }
    },
  })
  const reloading = t
    .rejects(server.reload(), { code: 'nothing-to-reload' })
    .then(() => t.ok(closed.includes(1), 'the new one is closed when that is said'))
  await opening[0]?.promise
  const stopping = server.close()
  opening[1]?.resolve()
  await Promise.all([reloading, stopping])
  t.same(new Set(closed), new Set([0, 1]))
  t.equal(closed.length, 2)
})
