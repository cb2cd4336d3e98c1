import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import type { Actor } from '../../../src/links/actor.ts'
import { buildSandbox } from '../../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../../src/sandbox/world/world.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { commandLine, twoApplications } from '../command-line.ts'

const registered = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
}

/** A sandbox with issues TEST-1 to TEST-5, which calls nobody, and a command line with a database. */
async function withTracker(t: Test) {
  const world = createWorld({ applications: [registered], settings: { repeatedLink: 'duplicate' } })
  const { app } = await buildSandbox({ world })
  const sandbox: { meddle: (request: FastifyRequest) => number | undefined } = { meddle: () => undefined }
  const requests: string[] = []
  app.addHook('preHandler', async (request, reply) => {
    requests.push(`${request.method} ${request.url}`)
    const status = sandbox.meddle(request)
    if (status !== undefined) await reply.code(status).send({ errors: {}, errorMessages: [`Played ${status}.`] })
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const cli = await commandLine(t)
  const organization = `{ kind: yandex360, id: "1", token: canary-tracker, url: "${url}", rate: { search: 1000, other: 1000 } }`
  cli.write('tracker-links.yaml', `${twoApplications}organizations:\n  main: ${organization}\n`)
  const change = (kind: 'create' | 'remove', issue: string, key: string, actor: Actor = { kind: 'operator' }) =>
    cli.links.change({
      kind,
      applicationId: 'crm',
      links: [{ issueKey: issue as IssueKey, remoteKey: key as RemoteKey }],
      actor,
    })
  const inTracker = () =>
    world
      .issues()
      .flatMap(issue => world.remoteLinksOf(issue).map(({ key }) => `${issue.key} ${key}`))
      .sort()
  const here = async () =>
    (await cli.links.list('crm', {}, { limit: 100_000 })).map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`)
  const addInTracker = (key: string, remoteKey: string) => {
    const [issue, application] = [world.issue(key), world.application('crm')]
    if (!issue || !application) throw new Error('the world has changed')
    world.addRemoteLink({ issue, application, key: remoteKey, by: world.firstUser() })
  }
  return { world, sandbox, requests, cli, change, inTracker, here, addInTracker }
}

const tracker: Actor = { kind: 'tracker' }

t.test('differences are found with their reasons, a dry run changes nothing, and its plan is applied once', async t => {
  const { cli, change, inTracker, here, addInTracker, requests } = await withTracker(t)
  await change('create', 'TEST-1', 'both')
  addInTracker('TEST-1', 'both')
  await change('create', 'TEST-1', 'not mirrored')
  await change('create', 'TEST-2', 'removed there', tracker)
  addInTracker('TEST-3', 'lost')
  addInTracker('TEST-3', 'twice')
  addInTracker('TEST-3', 'twice')
  await change('create', 'TEST-3', 'twice', tracker)
  await change('create', 'GONE-1', 'a', tracker)
  const before = { there: inTracker(), here: await here(), events: await cli.prisma.linkEvent.count() }

  const dry = await cli.run(['reconcile', 'crm', '--all', '--dry-run', '--output', 'plan.ndjson'])
  t.match(dry, { code: 1 }, dry.told)
  t.same(dry.out.trimEnd().split('\n'), [
    'GONE-1  unreadable: Tracker shows no such issue Tracker answered GET /v3/issues/GONE-1 with 404: it does not exist. Check the key or the id, and that the user of the token may see it. Tracker says: Issue GONE-1 does not exist.',
    'TEST-1  not mirrored  only here: it was created here, and Tracker does not have it yet -> add it in Tracker',
    'TEST-2  removed there  only here: it was removed in Tracker, and that did not arrive here -> remove it here',
    'TEST-3  lost  only in Tracker: it was created in Tracker, and that did not arrive here -> create it here',
    'TEST-3  twice  doubled: Tracker has several links to the same object -> remove 1 remote link in Tracker',
    '8 issues: 1 same, 2 only here, 1 only in Tracker, 1 doubled, 1 unreadable.',
  ])
  t.same({ there: inTracker(), here: await here(), events: await cli.prisma.linkEvent.count() }, before)
  t.equal(await cli.prisma.linkMirror.count(), 0)
  t.same(
    requests.filter(request => /^POST .*remotelinks|^DELETE/.test(request)),
    [],
  )

  const [header = '', ...lines] = readFileSync(join(cli.directory, 'plan.ndjson'), 'utf8').trimEnd().split('\n')
  t.match(JSON.parse(header), { application: 'crm', scope: { all: true }, lines: 5 })
  cli.write('edited.ndjson', [header, ...lines].join('\n').replace('not mirrored', 'other'))
  t.match(await cli.run(['reconcile', 'apply', 'edited.ndjson']), { code: 2, told: /was edited: line 3/ })
  cli.write('cut.ndjson', [header, lines[0]].join('\n'))
  t.match(await cli.run(['reconcile', 'apply', 'cut.ndjson']), { code: 2, told: /is not whole/ })
  cli.write('other.ndjson', header.replace(/"plan":"[^"]*"/, '"plan":"other"'))
  t.match(await cli.run(['reconcile', 'apply', 'other.ndjson']), { code: 2, told: /database has no plan other/ })

  // One line is stale by then.
  await change('create', 'TEST-3', 'lost', tracker)
  const applied = await cli.run(['reconcile', 'apply', 'plan.ndjson'])
  t.match(applied, { code: 1, out: /line 4, TEST-3 {2}lost: left alone: it has changed since/ }, applied.told)
  t.match(applied.out, /Repairs: 3 repaired, 1 changed since\.\n$/)
  t.same(inTracker(), ['TEST-1 both', 'TEST-1 not mirrored', 'TEST-3 lost', 'TEST-3 twice'])
  t.same(await here(), ['GONE-1 a', 'TEST-1 both', 'TEST-1 not mirrored', 'TEST-3 lost', 'TEST-3 twice'])
  t.match(await cli.prisma.linkEvent.findFirst({ where: { remoteKey: 'removed there' }, orderBy: { id: 'desc' } }), {
    kind: 'removed',
    actorKind: 'tracker',
    actorLogin: 'reconciliation',
  })
  requests.length = 0
  t.match(await cli.run(['reconcile', 'apply', 'plan.ndjson']), {
    code: 0,
    told: /was applied before.*Nothing was done/,
  })
  t.same(requests, [])
  t.match(await cli.run(['reconcile', 'crm', '--queue', 'test', '--repair', 'both']), {
    code: 0,
    out: /5 issues: 4 same\./,
  })
})
