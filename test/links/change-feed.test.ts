import t from 'tap'
import { createChangeFeed } from '../../src/links/change-feed.ts'
import type { FeedStretch, LinkFeed } from '../../src/storage/links/link-feed.ts'
import { until } from '../support/until.ts'

/** A feed of which the test says what is in it; it counts the questions of each application. */
function playedFeed() {
  const latest = new Map<string, bigint>()
  const looks = new Map<string, number>()
  const answers: (FeedStretch | undefined)[] = []
  let reads = 0
  const feed: LinkFeed = {
    mayWait: async () => true,
    latest: async applicationId => {
      looks.set(applicationId, (looks.get(applicationId) ?? 0) + 1)
      return latest.get(applicationId) ?? 0n
    },
    end: async () => ({ place: undefined, isOpen: false }),
    read: async () => {
      reads++
      return answers.length > 1 ? answers.shift() : answers[0]
    },
  }
  return {
    latest,
    answers,
    looksAt: (applicationId: string) => looks.get(applicationId) ?? 0,
    reads: () => reads,
    changes: createChangeFeed(feed).follow,
  }
}

// The feed's own pauses let a process end.
const alive = setInterval(() => {}, 60_000)
t.teardown(() => clearInterval(alive))

const nothing: FeedStretch = { events: [], more: true }
const question = (applicationId: string, end: AbortController) => ({
  applicationId,
  after: undefined,
  limit: 10,
  until: end.signal,
  inTurn: <T>(work: () => Promise<T>) => work(),
})

t.test('once no reader waits, the database is not asked any more', async t => {
  const { latest, answers, looksAt, changes } = playedFeed()
  answers.push(nothing)
  const [gone, other] = [new AbortController(), new AbortController()]
  const asked = changes(question('crm', gone))
  const clock = changes(question('erp', other))
  await until(() => looksAt('crm') > 0)
  gone.abort()
  t.equal(await asked, nothing, 'a reader whose time is up')
  latest.set('gitlab', 1n)
  const told = new AbortController()
  const answered = changes(question('gitlab', told))
  await until(() => looksAt('gitlab') > 0)
  told.abort()
  await answered

  // The reader of another application shows that time goes on.
  const before = { own: looksAt('crm'), told: looksAt('gitlab'), other: looksAt('erp') }
  await until(() => looksAt('erp') > before.other + 3)
  t.ok(looksAt('crm') <= before.own + 1, 'one look may have been on its way')
  t.ok(looksAt('gitlab') <= before.told + 1)
  other.abort()
  await clock
})

t.test('while events are held back, a reader looks again at each look for news and not oftener', async t => {
  const { latest, answers, looksAt, reads, changes } = playedFeed()
  const found = { events: [{ id: 1n }], more: false } as unknown as FeedStretch
  answers.push(nothing, nothing, nothing, found)
  latest.set('crm', 1n)
  t.equal(await changes(question('crm', new AbortController())), found)
  t.equal(reads(), 4)
  t.equal(looksAt('crm'), 4)
})

t.test('a database that fails fails those that wait, and later ones wait anew', async t => {
  const { answers, changes } = playedFeed()
  answers.push(nothing)
  const { follow: failing } = createChangeFeed({
    mayWait: async () => true,
    latest: async () => {
      throw new Error('away')
    },
    end: async () => ({ place: undefined, isOpen: false }),
    read: async () => nothing,
  })
  const end = new AbortController()
  await t.rejects(failing(question('crm', end)), { message: 'away' })
  await t.rejects(failing(question('crm', end)), { message: 'away' }, 'the next one asks again')
  end.abort()
  t.equal(await changes(question('crm', end)), nothing, 'whose time is up at once does not wait')
})
