import t from 'tap'
import type { TrackerClient } from '../../src/tracker-client/create-tracker-client.ts'
import type { TrackerError } from '../../src/tracker-client/tracker-error.ts'
import { crm, made, open, project } from './sandbox-client.ts'

// Every call that the documents name (seeds 001 to 003; tracker contract, sections 6 to 12), made by the client, answered by
// the sandbox under both versions. What the fields hold is in against-the-sandbox.test.ts.

const drain = async (pages: AsyncIterable<unknown>) => {
  for await (const _ of pages);
}
const imported = { relationship: 'relates', issue: 'TEST-2', createdAt: made, createdBy: 'user1' } as const
const byQueue = { filter: { queue: 'TEST' } }
const clearScroll = 'POST /system/search/scroll/_clear'

/** Where it is documented, the call with its status, what makes it, and the failures that the documents name beside it. */
type Documented = [where: string, call: string, status: number, make: Make, failures: number[]]
type Make = (client: TrackerClient) => Promise<unknown>

const documented: Documented[] = [
  ['6.1', 'GET /applications', 200, c => c.applications.list(), [400, 401, 500, 503]],
  ['6.2, seed 003', 'GET /issues/:issue/remotelinks', 200, c => c.remoteLinks.list('TEST-1'), [400, 401, 403, 404]],
  [
    '6.3',
    'POST /issues/:issue/remotelinks',
    201,
    c => c.remoteLinks.add('TEST-1', { key: '1', origin: crm.id }),
    [400, 401, 403, 404],
  ],
  ['6.4', 'DELETE /issues/:issue/remotelinks/:id', 204, c => c.remoteLinks.remove('TEST-1', '1'), [400, 401, 403]],
  ['7', 'GET /issues/:issue/links', 200, c => c.issueLinks.list('TEST-1'), [400, 401, 403, 404]],
  [
    '7',
    'POST /issues/:issue/links',
    201,
    c => c.issueLinks.add('TEST-1', { relationship: 'relates', issue: 'TEST-2' }),
    [400, 401, 403, 404, 422],
  ],
  ['7', 'DELETE /issues/:issue/links/:id', 204, c => c.issueLinks.remove('TEST-1', '2'), [400, 401, 403]],
  [
    '7, seed 002',
    'POST /issues/:issue/links/_import',
    200,
    c => c.issueLinks.addImported('TEST-1', imported),
    [400, 403, 404, 422, 500, 503],
  ],
  ['8', 'GET /myself', 200, c => c.users.myself({ expand: 'groups' }), [401, 403]],
  ['8', 'GET /users/:user', 200, c => c.users.get('user2'), [401, 403, 404]],
  ['8', 'GET /users', 200, c => c.users.list(), [401, 403]],
  ['8', 'GET /users/_relative', 200, c => drain(c.users.each()), [401, 403]],
  [
    '8 and 9, seed 001',
    'PATCH /issues/:issue',
    200,
    c => c.issues.change('TEST-1', { summary: 'x' }),
    [400, 401, 403, 404, 409, 412, 413, 422, 423, 428, 429, 500, 503],
  ],
  ['seed 001', 'GET /issues/:issue', 200, c => c.issues.get('TEST-1', { expand: 'attachments' }), [401, 403, 404]],
  ['seed 001', 'POST /issues', 201, c => c.issues.create({ queue: 'TEST', summary: 'x', unique: 'u' }), [400, 422]],
  [
    '10, seed 001',
    'POST /issues/_search',
    200,
    c => drain(c.issues.search(byQueue, { perPage: 15 })),
    [400, 401, 403, 404],
  ],
  ['10', 'POST /issues/_search', 200, c => drain(c.issues.scroll(byQueue, { perScroll: 20 })), []],
  ['10', clearScroll, 200, c => drain(c.issues.scroll(byQueue, { perScroll: 7 })), []],
  ['13.1', 'POST /issues/_count', 200, c => c.issues.count(byQueue), [400, 401, 403]],
  ['10', 'GET /issues/:issue/changelog', 200, c => drain(c.issues.changelog('TEST-2')), [401, 403, 404, 422, 500, 503]],
  [
    '10',
    'GET /entities/:type/:id/events/_relative',
    200,
    c => c.entities.events('project', project.id),
    [400, 404, 422],
  ],
  ['10', 'POST /issues/_findByUnique', 200, c => c.issues.findByUnique('u'), [404]],
  ['10', 'GET /issues/_suggest', 200, c => c.issues.suggest('TEST-1'), [401, 403]],
  ['11', 'POST /issues/:issue/_move', 200, c => c.issues.move('TEST-3', 'NEW', { notify: false }), [401, 403, 404]],
  [
    '12',
    'GET /queues/:queue/triggers/:id/webhooks/log',
    200,
    c => c.triggers.webhookLog('TEST', '29'),
    [400, 401, 403],
  ],
  ['13.1', 'GET /fields', 200, c => c.fields.list(), [400, 403, 404, 500, 503]],
]

for (const version of ['v2', 'v3'] as const)
  t.test(`${version}: each documented call is made and answered, and each documented failure is reported`, async t => {
    const { app, client, as, world } = await open(t, version)
    const hasty = as('canary-one', { tries: 1 })
    for (const [, call, , make, failures] of documented) {
      await make(client)
      const told: unknown[] = []
      for (const failing of failures as 400[]) {
        world.changeSettings({ failing })
        told.push(await make(hasty).catch(({ status, words }: TrackerError) => `${status} ${words.join()}`))
      }
      world.changeSettings({ failing: null })
      const expected = failures.map(
        status => `${status} The sandbox was told to answer ${status}: its setting failing.`,
      )
      t.same(told, expected, call)
    }
    const { calls } = (await app.inject('/sandbox/requests')).json<{ calls: Record<string, object> }>()
    for (const [where, call, status, , failures] of documented) {
      const answered = Object.keys(calls[call.replace(' ', ` /${version}`)] ?? {})
      t.same(
        [status, ...failures].map(String).filter(one => !answered.includes(one)),
        [],
        `${where}: ${call}`,
      )
    }
  })
