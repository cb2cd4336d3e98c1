import type { FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import type { Actor } from '../../src/links/actor.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import type { IssueKey } from '../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { commandLine, twoApplications } from '../cli/command-line.ts'

const registered = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
}

/** A sandbox with issues TEST-1 to TEST-5, which calls nobody, and a command line with a database. */
export async function withTracker(t: Test) {
  const world = createWorld({ applications: [registered], settings: { repeatedLink: 'duplicate' } })
  const { app } = await buildSandbox({ world })
  type Meddle = (request: FastifyRequest) => Promise<number | undefined> | number | undefined
  const sandbox: { meddle: Meddle } = { meddle: () => undefined }
  const requests: string[] = []
  app.addHook('preHandler', async (request, reply) => {
    requests.push(`${request.method} ${request.url}`)
    const status = await sandbox.meddle(request)
    if (status !== undefined) await reply.code(status).send({ errors: {}, errorMessages: [`Played ${status}.`] })
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const cli = await commandLine(t)
  const organization = `{ kind: yandex360, id: "1", token: canary-tracker, url: "${url}", rate: { search: 1000, other: 1000 } }`
  cli.write('tracker-links.yaml', `${twoApplications}organizations:\n  main: ${organization}\n`)
  const change = (
    kind: 'create' | 'remove',
    issue: string,
    key: string | string[],
    actor: Actor = { kind: 'operator' },
  ) =>
    cli.links.change({
      kind,
      applicationId: 'crm',
      links: [key].flat().map(remoteKey => ({ issueKey: issue as IssueKey, remoteKey: remoteKey as RemoteKey })),
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
  return { world, url, sandbox, requests, cli, change, inTracker, here, addInTracker }
}
