import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load-config.ts'
import type { ObjectSourceConfig } from '../../src/config/schema.ts'
import { readyMadeMappings } from '../../src/config/schemas/card-making-schema.ts'
import { readSettings } from '../../src/config/settings.ts'
import { checkSources } from '../../src/linked-objects/sources/check-sources.ts'
import { openObjectSource } from '../../src/linked-objects/sources/open-object-source.ts'
import { type ObjectInfo, objectInfoJson } from '../../src/tracker-contract/object-info.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { playUpstream } from '../support/played-upstream.ts'

const examples = join(import.meta.dirname, '../../examples')
const env = {
  TRACKER_TOKEN: 'canary-tracker-0123456789abcdef',
  GITLAB_TOKEN: 'canary-gitlab',
  GITHUB_TOKEN: 'canary-github',
  JIRA_TOKEN: 'canary-jira',
  REDMINE_KEY: 'canary-redmine',
  SENTRY_TOKEN: 'canary-sentry',
}
const icon = (path: string, name: string) => `https://links.example.com/${path}/icons/${name}.svg`

type Example = {
  key: string
  /** The request for it: path, and the header that holds the token. */
  path: string
  token: [string, string]
  /** The card of the documentation's own answer. */
  card: object
  /** Cards of answers that differ from it: the change, and what the card then holds. */
  variants: [change: object, card: object][]
}

const expected: Record<(typeof readyMadeMappings)[number], Example> = {
  'gitlab-merge-request': {
    key: 'my group/sub/project/-/merge_requests/133',
    path: '/api/v4/projects/my%20group%2Fsub%2Fproject/merge_requests/133',
    token: ['private-token', 'canary-gitlab'],
    card: {
      summary: 'Manual job rules',
      iconUrl: icon('gitlab', 'review'),
      status: { name: 'Open', description: 'can be merged' },
      updated: '2022-05-14T03:38:31.354+0000',
    },
    variants: [
      [
        { draft: true, detailed_merge_status: 'draft_status' },
        { status: { name: 'Draft', description: 'draft status' }, iconUrl: icon('gitlab', 'in-progress') },
      ],
      [
        { detailed_merge_status: 'conflict' },
        { status: { name: 'Blocked', description: 'conflict' }, iconUrl: icon('gitlab', 'blocked') },
      ],
      [
        { state: 'merged' },
        { status: { name: 'Merged' }, resolution: { name: 'Merged' }, iconUrl: icon('gitlab', 'done') },
      ],
      [
        { state: 'closed' },
        {
          status: { name: 'Closed' },
          resolution: { name: 'Closed without merging' },
          iconUrl: icon('gitlab', 'cancelled'),
        },
      ],
      [{ state: 'locked' }, { status: { name: 'Merging' } }],
      // Before GitLab 15.6.
      [{ detailed_merge_status: undefined }, { status: { name: 'Open' } }],
      [{ assignee: { username: 'example.user' } }, { assignee: { login: 'user1' } }],
    ],
  },
  'gitlab-issue': {
    key: 'my-group/my-project/-/issues/1',
    path: '/api/v4/projects/my-group%2Fmy-project/issues/1',
    token: ['private-token', 'canary-gitlab'],
    card: {
      summary: 'Ut commodi ullam eos dolores perferendis nihil sunt.',
      iconUrl: icon('gitlab', 'done'),
      status: { name: 'Closed' },
      resolution: { name: 'Closed' },
      updated: '2016-01-04T15:31:46.176+0000',
    },
    variants: [
      [
        { state: 'opened', due_date: '2016-07-22' },
        { status: { name: 'Open' }, iconUrl: icon('gitlab', 'open'), deadline: '2016-07-22T00:00:00.000+0000' },
      ],
      [{ assignees: [{ username: 'root' }, { username: 'lennie' }] }, { assignee: { login: 'user1' } }],
    ],
  },
  'github-pull-request': {
    key: 'octocat/Hello-World/pull/1347',
    path: '/repos/octocat/Hello-World/pulls/1347',
    token: ['authorization', 'Bearer canary-github'],
    card: {
      summary: 'Amazing new feature',
      iconUrl: icon('github', 'done'),
      status: { name: 'Merged' },
      resolution: { name: 'Merged' },
      assignee: { login: 'user1' },
      updated: '2011-01-26T19:01:12.000+0000',
    },
    variants: [
      [{ merged_at: null }, { status: { name: 'Open' }, iconUrl: icon('github', 'review') }],
      [
        { merged_at: null, draft: true },
        { status: { name: 'Draft' }, iconUrl: icon('github', 'in-progress') },
      ],
      [
        { merged_at: null, draft: true, state: 'closed' },
        { status: { name: 'Closed' }, iconUrl: icon('github', 'cancelled') },
      ],
    ],
  },
  'github-issue': {
    key: 'octocat/Hello-World/issues/1347',
    path: '/repos/octocat/Hello-World/issues/1347',
    token: ['authorization', 'Bearer canary-github'],
    card: {
      summary: 'Found a bug',
      iconUrl: icon('github', 'open'),
      status: { name: 'Open' },
      assignee: { login: 'user1' },
      updated: '2011-04-22T13:33:48.000+0000',
      deadline: '2012-10-09T23:39:01.000+0000',
    },
    variants: [
      [
        { state: 'closed' },
        { status: { name: 'Closed' }, resolution: { name: 'Completed' }, iconUrl: icon('github', 'done') },
      ],
      [
        { state: 'closed', state_reason: 'not_planned' },
        { resolution: { name: 'Not planned' }, iconUrl: icon('github', 'cancelled') },
      ],
      [
        { state: 'closed', state_reason: 'duplicate' },
        { status: { name: 'Closed' }, resolution: { name: 'Duplicate' } },
      ],
      [{ state: 'closed', state_reason: null, milestone: null }, { resolution: { name: 'Completed' } }],
    ],
  },
  'jira-issue': {
    key: 'EX-1',
    path: '/rest/api/2/issue/EX-1?fields=summary,status,resolution,assignee,updated,duedate',
    token: ['authorization', 'Bearer canary-jira'],
    card: {
      summary: 'Main order flow broken',
      iconUrl: icon('jira', 'in-progress'),
      status: { name: 'In Progress', description: 'The issue is currently being worked on.' },
      assignee: { login: 'user1' },
      updated: '2011-07-22T13:34:49.000+0000',
      deadline: '2011-08-01T00:00:00.000+0000',
    },
    variants: [
      [
        {
          fields: {
            summary: 'x',
            status: { name: 'Closed', description: '' },
            resolution: { name: 'Fixed', description: 'A fix is checked in.' },
            assignee: null,
            duedate: null,
          },
        },
        {
          status: { name: 'Closed' },
          resolution: { name: 'Fixed', description: 'A fix is checked in.' },
          iconUrl: icon('jira', 'done'),
        },
      ],
      [
        { fields: { summary: 'x', status: { name: 'Waiting for customer' }, assignee: { accountId: 'fred' } } },
        { iconUrl: icon('jira', 'blocked'), assignee: { login: 'user1' } },
      ],
      [
        { fields: { summary: 'x', status: { name: 'Own' } } },
        { status: { name: 'Own' }, iconUrl: icon('jira', 'unknown') },
      ],
    ],
  },
  'redmine-issue': {
    key: '4326',
    path: '/issues/4326.json',
    token: ['x-redmine-api-key', 'canary-redmine'],
    card: {
      summary: 'Aggregate Multiple Issue Changes for Email Notifications',
      iconUrl: icon('redmine', 'open'),
      status: { name: 'New' },
      updated: '2010-01-03T11:08:41.000+0000',
    },
    variants: [
      [
        {
          issue: {
            subject: 'x',
            status: { name: 'Rejected' },
            assigned_to: { id: 10106, name: 'John Smith' },
            due_date: '2010-02-01',
          },
        },
        {
          resolution: { name: 'Rejected' },
          iconUrl: icon('redmine', 'cancelled'),
          assignee: { login: 'user1' },
          deadline: '2010-02-01T00:00:00.000+0000',
        },
      ],
    ],
  },
  'sentry-issue': {
    key: 'PUMP-STATION-1',
    path: '/api/0/organizations/the-interstellar-jurisdiction/shortids/PUMP-STATION-1/',
    token: ['authorization', 'Bearer canary-sentry'],
    card: {
      summary: 'This is an example Python exception',
      iconUrl: icon('sentry', 'open'),
      status: { name: 'Unresolved', description: 'raven.scripts.runner in main' },
      updated: '2018-11-06T21:19:55.000+0000',
    },
    variants: [
      [
        { group: { title: 'x', status: 'resolved', assignedTo: { type: 'user', email: 'user1@example.com' } } },
        { status: { name: 'Resolved' }, assignee: { login: 'user1' }, iconUrl: icon('sentry', 'done') },
      ],
      [
        { group: { title: 'x', status: 'ignored', assignedTo: { type: 'team', name: 'Pump' } } },
        { status: { name: 'Archived' } },
      ],
      // The answer of …/issues/{id}/.
      [
        { group: undefined, title: 'Direct', status: 'unresolved' },
        { summary: 'Direct', status: { name: 'Unresolved' } },
      ],
    ],
  },
}

t.test('each ready-made mapping has an example, and each example is tested', async t => {
  // Correct applications in other languages are no configurations: `npm run test:kit` tries them.
  const configurations = readdirSync(examples).filter(name => name !== 'other-languages')
  t.same(configurations.toSorted(), [...readyMadeMappings].toSorted())
})

for (const [name, example] of Object.entries(expected))
  t.test(`the example ${name} makes its card of the system's own answer`, async t => {
    const directory = join(examples, name)
    const { config } = loadConfig({ settings: readSettings({}), env, directory, checks: [checkSources] })
    const [application] = config.applications
    if (!application) throw new Error('an example has an application')
    const upstream = await playUpstream(t)
    const answer = readFileSync(join(directory, 'response.json'), 'utf8')
    upstream.answer = (_seen, response) => response.end(answer)

    const objects = application.objects as Extract<ObjectSourceConfig, { source: 'http' }>
    const played = {
      ...objects,
      url: objects.url.replace(/^https:\/\/[^/]+/, upstream.origin),
      privateHosts: ['127.0.0.1'],
    }
    const log = { warn: () => {}, info: () => {} }
    const source = openObjectSource({ ...application, objects: played }, { log, publicUrl: config.publicUrl })
    t.teardown(() => source?.close())
    const cardOf = async () => {
      const info = await source?.find(example.key as RemoteKey, new AbortController().signal)
      return JSON.parse(objectInfoJson(info as ObjectInfo)) as object
    }

    t.same(await cardOf(), { key: example.key, ...example.card })
    t.match(upstream.seen, [{ method: 'GET', path: example.path, headers: { [example.token[0]]: example.token[1] } }])
    for (const [change, card] of example.variants) {
      upstream.answer = (_seen, response) => response.end(JSON.stringify({ ...JSON.parse(answer), ...change }))
      t.match(await cardOf(), card, JSON.stringify(change))
    }
    for (const key of ['', 'x', '../../users/1', `${example.key}/../1`, `${example.key}\n`])
      t.equal(await source?.find(key as RemoteKey, new AbortController().signal), undefined, key)
    t.equal(upstream.seen.length, 1 + example.variants.length, 'a key of another form asks nobody')
  })
