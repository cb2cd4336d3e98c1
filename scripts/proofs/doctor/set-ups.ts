import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FindingCode } from '../../../src/checks/doctor/catalogue.ts'
import type { Cluster } from './cluster.ts'
import { type Scene, type SceneOptions, tokens } from './scene.ts'

export type SetUp = {
  name: string
  code: FindingCode
  source?: SceneOptions['source']
  /** It breaks the PostgreSQL itself, and so has one of its own. */
  hasOwnCluster?: boolean
  /** What is asked about; the issue and the object of the report, if it does not say otherwise. */
  asks?: readonly string[]
  break: (scene: Scene, cluster: Cluster) => Promise<unknown>
  /** How Tracker's call is answered then, which shows that it is broken: of a card, or of a link to be made. */
  answered: string
  call?: 'card' | 'link'
  /** Tracker's call cannot be recorded. */
  isUnrecorded?: boolean
}

const authorization = (...list: string[]) => ({ authorization: { kind: 'token', tokens: list } })
/** A card of the source is fresh for a second. */
const untilStale = () => sleep(2_100)

async function endSessions({ sql, database }: Scene): Promise<void> {
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${database.name}'`)
}

async function untilRefused(api: Scene['api'], links: number): Promise<void> {
  for (let times = 0; times < 1_000; times++) {
    const remoteKeys = Array.from({ length: links }, () => randomUUID().padEnd(255, '.'))
    const isRefused = await api('POST', 'links', { issueKey: 'TEST-1', remoteKeys }).then(
      () => false,
      () => true,
    )
    if (isRefused) return
  }
}

const oftenOpen = async ({ tracker }: Scene) => {
  for (let times = 0; times < 3; times++) await tracker.open('TEST-7')
}

const ofTokens: SetUp[] = [
  {
    name: 'wrong token',
    code: 'TLK-C12',
    answered: '401',
    break: scene => scene.configure(authorization(tokens.next)),
  },
  {
    name: 'token in the wrong scheme',
    code: 'TLK-C11',
    answered: '401',
    break: ({ tracker }) =>
      tracker.ask('PUT', '/sandbox/call-settings', { applications: { crm: { scheme: 'Token' } } }),
  },
  {
    name: 'old token in use',
    code: 'TLK-C40',
    answered: '200',
    break: scene => scene.configure(authorization(tokens.next, tokens.tracker)),
  },
]

const ofSources: SetUp[] = [
  {
    name: 'source down',
    code: 'TLK-C20',
    answered: '200',
    source: 'http',
    break: async ({ source }) => source.close(),
  },
  {
    name: 'source slow',
    code: 'TLK-C21',
    answered: '200',
    source: 'http',
    break: async ({ source }) => source.be('slow'),
  },
  {
    name: 'source answers 401',
    code: 'TLK-C22',
    answered: '200',
    source: 'http',
    break: async ({ source }) => source.be('refuses us'),
  },
  {
    name: 'source answers HTML instead of JSON',
    code: 'TLK-C23',
    answered: '200',
    source: 'http',
    break: async ({ source }) => source.be('answers a page'),
  },
  {
    name: 'mapping that fits no more',
    code: 'TLK-C24',
    answered: '200',
    source: 'http',
    break: async ({ source }) => source.be('has other fields'),
  },
  {
    name: 'unknown object',
    code: 'TLK-C30',
    answered: '404',
    asks: ['--issue', 'TEST-7', '--object', 'D-404'],
    break: ({ tracker }) => tracker.link('TEST-7', 'D-404'),
  },
]

const ofDatabases: SetUp[] = [
  {
    name: 'database down',
    code: 'TLK-S03',
    answered: '200',
    hasOwnCluster: true,
    isUnrecorded: true,
    break: (_scene, cluster) => cluster.stop(),
  },
  {
    name: 'database read-only',
    code: 'TLK-S06',
    answered: '503',
    call: 'link',
    isUnrecorded: true,
    break: async scene => {
      await scene.sql(`ALTER DATABASE ${scene.database.name} SET default_transaction_read_only = on`)
      await endSessions(scene)
    },
  },
  {
    name: 'wrong password of the database',
    code: 'TLK-S04',
    answered: '200',
    isUnrecorded: true,
    break: async scene => {
      await scene.sql(`ALTER ROLE ${scene.database.name} PASSWORD 'another'`)
      await endSessions(scene)
    },
  },
  {
    name: 'disk full',
    code: 'TLK-S07',
    answered: '503',
    call: 'link',
    hasOwnCluster: true,
    isUnrecorded: true,
    break: async ({ api }, cluster) => {
      cluster.fill()
      // Until not one more link has room in what PostgreSQL has of the disk.
      for (const links of [500, 50, 5, 1]) await untilRefused(api, links)
    },
  },
]

const ofTracker: SetUp[] = [
  {
    name: 'expired certificate',
    code: 'TLK-R01',
    answered: '200',
    break: async ({ front }) => front.present('expired'),
  },
  { name: 'not registered', code: 'TLK-R10', answered: 'no call', break: ({ tracker }) => tracker.register('crm.old') },
  { name: 'issue moved', code: 'TLK-A10', answered: '200', break: ({ tracker }) => tracker.move('TEST-7', 'PROD') },
  {
    name: 'link not mirrored',
    code: 'TLK-A01',
    answered: '200',
    asks: ['--issue', 'TEST-5', '--object', 'D-1'],
    break: async ({ tracker, api, sql }) => {
      await tracker.ask('PUT', '/sandbox/settings', { failing: 423, failingRequests: 'changes' })
      await api('POST', 'links', { issueKey: 'TEST-5', remoteKeys: ['D-1'] })
      const tried = "SELECT FROM link_mirror WHERE issue_key = 'TEST-5' AND last_error IS NOT NULL"
      for (const end = performance.now() + 20_000; (await sql(tried)).length === 0 && performance.now() < end; )
        await sleep(50)
    },
  },
  {
    name: 'object renamed',
    code: 'TLK-C33',
    answered: '200',
    break: ({ api }) => api('POST', 'objects/D-1/rename', { to: 'D-2' }),
  },
]

const ofServers: SetUp[] = [
  {
    name: 'server not running',
    code: 'TLK-S02',
    answered: 'failed',
    isUnrecorded: true,
    break: ({ server }) => server.stop(),
  },
]

/** Eighteen things that go wrong, as they go wrong in life, and a server that is off: each is done to a scene that was well. */
export const setUps: readonly SetUp[] = [...ofTokens, ...ofSources, ...ofDatabases, ...ofTracker, ...ofServers].map(
  setUp => ({
    ...setUp,
    break: async (scene, cluster) => {
      await setUp.break(scene, cluster)
      if (setUp.source === 'http') await untilStale()
      await oftenOpen(scene)
    },
  }),
)
