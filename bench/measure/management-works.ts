import { card, keysPerIssue, objectKey } from '../load/data.ts'
import type { ManagementClient, TimedAnswer } from '../load/management-client.ts'
import { wideLinks } from '../world/grown-database.ts'

/**
 * What is asked of the management API of a large database: the same of each size.
 * - `list-…`: the links of an issue, of an object
 * - `feed`: the newest 100 events
 * - `prefix`: objects by their key
 * - `search`: by a text that no object has, which is the most work, by cursor
 * - `first-page`, `far-page`: of all links by number, the first and the last that there is
 * - `rename`: an object with 20,000 links; `push`: new objects in bulk
 */
export const managementWorks = [
  'list-issue',
  'list-object',
  'feed',
  'prefix',
  'search',
  'first-page',
  'far-page',
  'push',
  'rename',
] as const
export type ManagementWork = (typeof managementWorks)[number]

/** What the calls of a database are made with. */
export type Ground = {
  client: ManagementClient
  links: number
  /** The cursor before its newest 100 events. */
  feedCursor: string
  /** How many objects were pushed so far. */
  pushed: number
}

/** Calls of a turn, and how many things each does: a rate is told of these. */
type Asked = { calls: number; things: number; call: (ground: Ground, n: number) => Promise<TimedAnswer> }

/** The issues and objects that the smallest database has, too. */
const issues = 200
const objects = 9_000
/** Objects of a bulk push. */
const pushSize = 5_000
const deepest = 100_000
const perPage = 1_000

export const askedOf: Record<ManagementWork, Asked> = {
  'list-issue': {
    calls: 100,
    things: 1,
    call: async ({ client }, n) =>
      checked(await client.get(`/links?issueKey=OLD-${1 + (n % issues)}&cursor=`), has('links', keysPerIssue)),
  },
  'list-object': {
    calls: 100,
    things: 1,
    call: async ({ client }, n) =>
      checked(await client.get(`/links?remoteKey=${objectKey(1_000 + ((n * 37) % objects))}&cursor=`), has('links', 1)),
  },
  feed: {
    calls: 50,
    things: 1,
    call: async ({ client, feedCursor }) =>
      checked(await client.get(`/events?limit=100&after=${feedCursor}`), has('events', 100)),
  },
  prefix: {
    calls: 50,
    things: 1,
    call: async ({ client }, n) =>
      checked(await client.get(`/objects?keyPrefix=deal-0000${n % 10}&cursor=`), has('objects', 50)),
  },
  search: {
    calls: 5,
    things: 1,
    call: async ({ client }) => checked(await client.get('/objects?summary=pump&cursor='), has('objects', 0)),
  },
  'first-page': {
    calls: 5,
    things: 1,
    call: async ({ client }) => checked(await client.get('/links'), has('links', 50)),
  },
  'far-page': {
    calls: 3,
    things: 1,
    call: async ({ client, links }) => {
      const page = Math.min(deepest, links) / perPage
      return checked(await client.get(`/links?perPage=${perPage}&page=${page}`), has('links', perPage))
    },
  },
  push: {
    calls: 1,
    things: pushSize,
    call: async ground => {
      const from = ground.pushed
      ground.pushed += pushSize
      const lines = Array.from({ length: pushSize }, (_, n) => JSON.stringify({ ...card(n), key: `new-${from + n}` }))
      const type = 'application/x-ndjson'
      return checked(await ground.client.post('/objects/bulk', `${lines.join('\n')}\n`, type), body =>
        body.trimEnd().split('\n').at(-1)?.includes(`"accepted":${pushSize}`),
      )
    },
  },
  rename: {
    calls: 2,
    things: 1,
    call: async ({ client }, n) => {
      const [from, to] = n % 2 === 0 ? [objectKey(0), 'renamed'] : ['renamed', objectKey(0)]
      const answer = await client.post(`/objects/${from}/rename`, JSON.stringify({ to }))
      return checked(answer, body => JSON.parse(body).links >= wideLinks)
    },
  },
}

const has = (list: string, items: number) => (body: string) => JSON.parse(body)[list].length >= items

/** Throws if an answer is not what was asked for. */
function checked(answer: TimedAnswer, isRight: (body: string) => boolean | undefined): TimedAnswer {
  if (answer.status === 200 && isRight(answer.body)) return answer
  throw new Error(`answered ${answer.status}: ${answer.body.slice(0, 200)} … ${answer.body.slice(-200)}`)
}
