import t, { type Test } from 'tap'
import { fillApplication } from '../../../src/config/fill-defaults.ts'
import type { ApplicationEntry } from '../../../src/config/schema.ts'
import type { Card } from '../../../src/linked-objects/cards/card.ts'
import { createCardCache, getCard } from '../../../src/linked-objects/cards/card-cache.ts'
import { openCards } from '../../../src/linked-objects/cards/open-cards.ts'
import { type ObjectSource, SourceFailure } from '../../../src/linked-objects/object-source.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { fetchedCards } from '../../../src/storage/objects/fetched-cards.ts'
import { objectFinder } from '../../../src/storage/objects/find-objects.ts'
import { aliasFinder } from '../../../src/storage/objects/object-aliases.ts'
import { watchObjectChanges } from '../../../src/storage/objects/object-changes.ts'
import { renameObject } from '../../../src/storage/objects/rename-object.ts'
import type { ObjectInfo } from '../../../src/tracker-contract/object-info.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { type TestDatabase, testDatabase } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const key = (text: string) => text as RemoteKey
const entry: ApplicationEntry = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  responsible: 'crm@example.com',
  authorization: { kind: 'none' },
}
const limits = { budgetMilliseconds: 600, maxAgeSeconds: 60, staleWhileRevalidateSeconds: 300, unknownSeconds: 30 }
const young = 30
const old = 120
const tooOld = 1_000

/** A played source: what it has, how it treats a question, and what it was asked. */
function playedSource() {
  const played = {
    objects: new Map<string, string>(),
    mode: 'answers' as 'answers' | 'hangs' | 'fails',
    asked: [] as string[],
    /** Answers the questions that hang, with what the source has now. */
    release: () => {},
    find: async (asked: RemoteKey): Promise<ObjectInfo | undefined> => {
      played.asked.push(asked)
      if (played.mode === 'fails') throw new SourceFailure('away', 'It is away.')
      if (played.mode === 'hangs')
        await new Promise<void>(resolve => {
          const before = played.release
          played.release = () => {
            before()
            resolve()
          }
        })
      const summary = played.objects.get(asked)
      return summary === undefined
        ? undefined
        : {
            key: asked,
            summary,
            status: { name: 'Open', description: 'Sent' },
            assignee: { trackerUid: 2n ** 63n - 1n },
          }
    },
    close: async () => {},
  }
  return played satisfies ObjectSource
}

/** Servers on one database in front of one source, and a clock for all of them. */
async function servers(t: Test) {
  const database = await testDatabase(t)
  const { prisma } = database
  const source = playedSource()
  const clock = { skipped: 0 }
  const now = () => performance.now() + clock.skipped
  const open = () => openServer(t, database, source, now)
  return {
    prisma,
    source,
    one: await open(),
    another: open,
    /** Lets time pass, for the servers and for the database. */
    pass: async (seconds: number) => {
      clock.skipped += seconds * 1_000
      await prisma.$transaction([
        prisma.$executeRaw`SET LOCAL session_replication_role = replica`,
        prisma.$executeRaw`UPDATE linked_object SET fetched_at = fetched_at - ${seconds} * interval '1 second'`,
      ])
    },
    /** The summary of the row. */
    stored: async (text: string) => {
      const row = await prisma.linkedObject.findUnique({
        where: { applicationId_key: { applicationId: 'crm', key: text } },
      })
      return row?.summary
    },
  }
}

async function openServer(t: Test, { prisma, url }: TestDatabase, source: ObjectSource, now: () => number) {
  const lines: { reason?: string; keys?: number; msg: string }[] = []
  const log = createLogger('warn', { write: (line: string) => lines.push(JSON.parse(line)) } as never)
  const application = fillApplication(
    { ...entry, cards: limits },
    { publicUrl: 'https://links.example.com', directory: import.meta.dirname },
  )
  const cache = createCardCache(1024 * 1024, now)
  const state = { hears: false, told: [] as (string | undefined)[], database: 'there' as 'there' | 'away' }
  const stop = watchObjectChanges({
    databaseUrl: url,
    prisma,
    log,
    listener: {
      ...cache.listener,
      changed: (applicationId, changed) => {
        cache.listener.changed(applicationId, changed)
        state.told.push(changed)
      },
      heard: () => {
        state.hears = true
        cache.listener.heard()
      },
    },
  })
  t.teardown(stop)
  const fetched = fetchedCards(prisma)
  const whenThere = <T>(call: () => Promise<T>): Promise<T> =>
    state.database === 'there' ? call() : Promise.reject(Object.assign(new Error('away'), { code: 'P1001' }))
  const opened = openCards({
    applications: [application],
    database: prisma,
    findObject: objectFinder(prisma),
    fetched: {
      read: (...asked) => whenThere(() => fetched.read(...asked)),
      write: (...written) => whenThere(() => fetched.write(...written)),
    },
    findAliases: aliasFinder(prisma),
    sources: new Map([['crm', source]]),
    rulesOf: () => info => info,
    cache,
    log,
    now,
  })
  await until(() => state.hears)
  const card = async (...readings: string[]) => opened.findCard('crm', readings.map(key))
  return {
    ...opened,
    cache,
    state,
    lines,
    card,
    summary: async (...readings: string[]) => summaryOf(await card(...readings)),
    refresh: async (text: string) => summaryOf(await opened.refreshCard('crm', key(text))),
    unknown: (...texts: string[]) => opened.unknownKeys('crm', texts.map(key)),
  }
}

const summaryOf = (card: Card | undefined) => card && (JSON.parse(card.json).summary as string)

t.test('a young card is not asked for again, by no server', async t => {
  const { one, another, source, pass } = await servers(t)
  const other = await another()
  source.objects.set('1', 'first')
  t.equal(await one.refresh('1'), 'first')
  source.objects.set('1', 'second')
  await pass(young)
  t.equal(await one.summary('1'), 'first')
  t.equal(await other.summary('1'), 'first', 'the other server finds it in the database')
  t.same(source.asked, ['1'])
  await until(() => !(other.findCard('crm', [key('1')]) instanceof Promise))
  t.pass('then without a wait')
})

t.test('a stale card is answered at once, and asked for in the background', async t => {
  const { one, source, pass } = await servers(t)
  source.objects.set('1', 'first')
  await one.refresh('1')
  source.objects.set('1', 'second')
  source.mode = 'hangs'
  await pass(old)
  const [answer, again] = [await one.card('1'), await one.card('1')]
  t.match(answer, { json: /first/, age: undefined })
  t.match(again, { json: /first/, age: undefined })
  t.same(source.asked, ['1', '1'], 'one question, however many calls')
  source.release()
  await until(async () => (await one.summary('1')) === 'second')
  t.same(source.asked, ['1', '1'])
})

t.test('at most 20 stale cards are asked for in the background at a time', async t => {
  const { one, source, pass } = await servers(t)
  const keys = Array.from({ length: 25 }, (_, n) => `${n}`)
  for (const each of keys) source.objects.set(each, 'first')
  for (const each of keys) await one.refresh(each)
  const { length } = source.asked
  source.mode = 'hangs'
  await pass(old)
  for (const each of keys) t.match(await one.card(each), { json: /first/, age: undefined })
  t.equal(source.asked.length - length, 20)
  source.objects.set('24', 'second')
  source.mode = 'answers'
  source.release()
  await until(async () => (await one.summary('24')) === 'second')
  t.pass('the others, once these are answered')
})

t.test(
  'the source is asked for an old card; if it does not answer in time, the last good card is answered, marked',
  async t => {
    const { one, another, source, pass } = await servers(t)
    const other = await another()
    source.objects.set('1', 'first')
    await one.refresh('1')
    await pass(tooOld)
    source.mode = 'hangs'
    const from = performance.now()
    for (const server of [one, other]) {
      const card = await server.card('1')
      t.match(
        card?.json,
        /^\{"key":"1","summary":"first","status":\{"name":"Open","description":"Sent \(as of .* UTC\)"\}/,
      )
      t.match(card?.json, '"trackerUid":9223372036854775807')
      t.ok(Math.abs((card?.age ?? 0) - tooOld) < 10, 'of memory, and of the database')
    }
    t.comment(`answered after ${Math.round(performance.now() - from)} ms`)
    source.objects.set('1', 'second')
    source.release()
    await until(async () => (await one.summary('1')) === 'second')
    t.equal(source.asked.length, 3, 'an answer that came late is the next one')

    source.mode = 'answers'
    for (const server of [one, other]) await server.refresh('1')
    source.mode = 'fails'
    await pass(tooOld)
    t.match(await one.card('1'), { age: Number, json: /second.*as of/ })
    const { length } = source.asked
    t.match(await one.card('1'), { age: Number, json: /second.*as of/ })
    t.equal(source.asked.length, length, 'after a failure it is left alone for a moment')
    t.match(
      one.lines,
      [
        { reason: 'slow', milliseconds: Number, budgetMilliseconds: 600 },
        { reason: 'away', msg: /no answer/ },
      ],
      'the log says why, once',
    )
    await pass(2)
    source.mode = 'answers'
    t.match(await one.card('1'), { age: undefined, json: /second/ })
  },
)

t.test('only if there has never been a card the answer is 503', async t => {
  const { one, source } = await servers(t)
  source.objects.set('1', 'first')
  for (const [mode, code] of [
    ['fails', 'source-away'],
    ['hangs', 'source-slow'],
  ] as const) {
    source.mode = mode
    await t.rejects(one.card('1'), { code, status: 503, headers: { 'retry-after': String } }, mode)
  }
  source.release()
  await until(async () => (await one.card('1').catch(() => undefined)) !== undefined)
  source.mode = 'answers'
  t.equal(await one.summary('1'), 'first')
})

t.test(
  'many calls for one object are one question, a source that fails in another way is a source that fails',
  async t => {
    const { one, source } = await servers(t)
    source.objects.set('1', 'first')
    t.same(new Set(await Promise.all(Array.from({ length: 100 }, () => one.summary('1')))), new Set(['first']))
    t.same(source.asked, ['1'])
    source.find = () => Promise.reject(new Error('a fault of ours'))
    await t.rejects(one.card('2'), { code: 'source-failed' })
  },
)

t.test('an object that the source does not know is gone, and not asked for again for a while', async t => {
  const { one, another, source, stored, pass } = await servers(t)
  const other = await another()
  source.objects.set('1', 'first')
  await one.refresh('1')
  await other.summary('1')
  source.objects.delete('1')
  await pass(tooOld)
  t.equal(await one.summary('1'), undefined)
  await until(async () => (await stored('1')) === undefined)
  const { length } = source.asked
  t.equal(await one.summary('1'), undefined)
  t.equal(source.asked.length, length)
  source.mode = 'fails'
  await until(async () => {
    const card = await other.card('1').catch(error => error.code as string)
    return card === 'source-away'
  })
  t.pass('the other server has no card of it either')

  source.mode = 'answers'
  source.objects.set('1', 'again')
  t.equal(await other.refresh('1'), 'again')
  await until(async () => (await one.summary('1')) === 'again')
  t.pass('a server that remembers it as unknown is told that it is there')
  source.objects.set('2', 'later')
  await one.refresh('3')
  await pass(31)
  source.objects.set('3', 'later')
  t.equal(await one.summary('3'), 'later', 'after a while it is asked for again')
})

t.test('a refresh asks past memory and past a question in flight, and is right on every server', async t => {
  const { one, another, source, stored } = await servers(t)
  const other = await another()
  source.objects.set('1', 'first')
  await one.refresh('1')
  await other.summary('1')
  for (let round = 0; round < 30; round++) {
    source.objects.set('1', `round ${round}`)
    t.equal(await one.refresh('1'), `round ${round}`)
    t.equal(await stored('1'), `round ${round}`)
    await until(async () => (await other.summary('1')) === `round ${round}`)
  }
  source.mode = 'hangs'
  const refreshed = [one.refresh('1'), one.refresh('1')]
  await until(() => source.asked.length === 32)
  source.objects.set('1', 'changed meanwhile')
  refreshed.push(one.refresh('1'), one.refresh('1'))
  source.mode = 'answers'
  source.release()
  t.equal((await Promise.all(refreshed))[3], 'changed meanwhile')
  t.equal(source.asked.length, 33, 'those that came meanwhile share one question')

  source.objects.delete('1')
  t.equal(await one.refresh('1'), undefined)
  t.equal(await stored('1'), undefined)
  source.mode = 'fails'
  await t.rejects(one.refresh('1'), { name: 'SourceFailure', reason: 'away' })
})

t.test('an answer that was asked for before another one does not go over it', async t => {
  const { one, another, source, stored } = await servers(t)
  const other = await another()
  source.objects.set('1', 'before')
  const find = source.find
  const { promise, resolve: answer } = Promise.withResolvers<ObjectInfo>()
  source.find = () => promise
  const early = one.card('1').catch(() => undefined)
  await until(() => getCard(one.cache, 'crm', '1') === undefined)
  await early
  source.find = find
  source.objects.set('1', 'after')
  t.equal(await other.refresh('1'), 'after')
  answer({ key: key('1'), summary: 'before' })
  await until(async () => (await one.summary('1')) === 'after')
  t.equal(await stored('1'), 'after')
})

t.test('a card that comes after its object was found to be gone is not kept', async t => {
  const { one, another, source, stored } = await servers(t)
  const other = await another()
  const { find } = source
  const { promise, resolve: answer } = Promise.withResolvers<ObjectInfo>()
  const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>()
  source.find = () => {
    wasAsked()
    return promise
  }
  const early = one.refresh('1')
  await asked
  source.find = find
  t.equal(await other.refresh('1'), undefined)
  await until(() => one.state.told.includes('1'))
  answer({ key: key('1'), summary: 'before' })
  t.equal(await early, 'before', 'for whoever asked before')
  t.equal(await stored('1'), undefined)
  t.equal(await one.summary('1'), undefined)
})

t.test('while changes are not heard, what another server has stored is right all the same', async t => {
  const { one, another, source, prisma } = await servers(t)
  const other = await another()
  source.objects.set('1', 'first')
  await one.refresh('1')
  one.cache.listener.deaf()
  source.objects.set('1', 'second')
  await other.refresh('1')
  t.equal(await one.summary('1'), 'second')
  t.equal(source.asked.length, 2)
  t.equal(await prisma.linkedObject.count(), 1)
})

t.test('without the database, cards of memory and of the source are answered', async t => {
  const { one, source, pass } = await servers(t)
  source.objects.set('1', 'first').set('2', 'unseen')
  await one.refresh('1')
  one.state.database = 'away'
  one.cache.listener.deaf()
  t.match(await one.card('1'), { json: /first/, age: undefined })
  t.equal(await one.summary('2'), 'unseen')
  await pass(tooOld)
  source.mode = 'fails'
  t.match(await one.card('2'), { json: /unseen.*as of/, age: Number })
})

t.test(
  'of several readings the first that the source knows is answered; what is stored only if it cannot say',
  async t => {
    const { one, source, stored, pass } = await servers(t)
    source.objects.set('a b', 'space')
    t.equal(await one.summary('a+b', 'a b', 'a%20b'), 'space')
    t.same(source.asked, ['a+b', 'a b'])
    t.equal(await one.summary('a+b', 'a b', 'a%20b'), 'space')
    t.same(source.asked, ['a+b', 'a b'], 'what is unknown is remembered for each reading')
    await until(async () => (await stored('a b')) === 'space')
    await pass(young + 1)
    source.objects.set('a+b', 'plus')
    source.mode = 'fails'
    t.match(await one.card('a+b', 'a b'), { json: /space/, age: undefined })
    source.mode = 'answers'
    t.equal(await one.summary('a+b', 'a b'), 'plus')
    t.equal(await one.summary('none', 'none either'), undefined)
    source.mode = 'fails'
    await t.rejects(one.card('nobody', 'knows'), { code: 'source-away' })
  },
)

t.test('a link is rejected only for an object that the source says it does not know', async t => {
  const { one, source, pass } = await servers(t)
  source.objects.set('1', 'first').set('2', 'second')
  t.same(await one.unknown('1', '2', '3', '4'), ['3', '4'])
  t.same(source.asked.toSorted(), ['1', '2', '3', '4'])
  t.same(await one.unknown('1', '3'), ['3'])
  t.equal(source.asked.length, 4, 'what is known, either way, is not asked for')
  await pass(tooOld)
  for (const mode of ['fails', 'hangs'] as const) {
    source.mode = mode
    t.same(await one.unknown('1', `new ${mode}`), [])
  }
  t.match(
    one.lines.filter(({ msg }) => /accepted without asking/.test(msg)),
    [{ reason: 'away' }, { reason: 'slow' }],
    'the log says that it could not be asked',
  )
})

t.test('a former key gets the card of the present one, from memory, until it is none any more', async t => {
  const { one, source, prisma } = await servers(t)
  source.objects.set('old', 'deal')
  t.equal(await one.summary('old'), 'deal')
  source.objects.delete('old')
  source.objects.set('new', 'deal')
  await one.refresh('old')
  t.equal(await one.card('old'), undefined)
  await until(() => one.findCard('crm', [key('old')]) === undefined)
  t.pass('a key that is surely none costs no wait')

  await prisma.link.create({ data: { applicationId: 'crm', issueKey: 'TEST-1', remoteKey: 'old' } })
  const renaming = { from: key('old'), to: key('new'), linksOnly: true, actor: { kind: 'operator' } } as const
  await renameObject(prisma, 'crm', renaming)
  const card = await until(() => one.card('old'))
  t.match(card.json, /^\{"key":"old","summary":"deal",.*"trackerUid":9223372036854775807/)
  t.same(await one.unknown('old', 'none'), ['none'])
  await prisma.$transaction([
    prisma.objectAlias.deleteMany(),
    prisma.$queryRaw`SELECT pg_notify('tracker_links_objects', 'crm old')::text`,
  ])
  await until(async () => (await one.card('old')) === undefined)
})
