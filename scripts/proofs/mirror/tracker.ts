import { buildSandbox } from '../../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../../src/sandbox/world/world.ts'

export const registered = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
}

/** What a proof does with the changes that Tracker is sent. */
export type Watching = {
  /** A request came. A status is answered instead of doing it. */
  came: (method: string, url: string, body: unknown) => number | undefined
  /** It was done, and is not answered yet. */
  done: (method: string) => Promise<void>
}

const isChange = (url: string) => url.includes('/remotelinks')

/** Tracker with so many issues TEST-1, TEST-2, … It takes a second link to the same object, so that none goes unnoticed. */
export async function startTracker(issues: number) {
  const world = createWorld({
    applications: [{ ...registered, oauthToken: 'canary-fixed' }],
    issues: Array.from({ length: issues }, (_, number) => ({ queue: 'TEST', summary: `Issue ${number + 1}` })),
    settings: { repeatedLink: 'duplicate' },
  })
  const { app } = await buildSandbox({ world })
  const watching: Watching = { came: () => undefined, done: async () => {} }
  app.addHook('preHandler', async ({ method, url, body }, reply) => {
    const status = isChange(url) ? watching.came(method, url, body) : undefined
    if (status !== undefined) await reply.code(status).send({ errors: {}, errorMessages: [`Played ${status}.`] })
  })
  const doublesOf = (issue: NonNullable<ReturnType<typeof world.issue>>) => {
    const keys = world.remoteLinksOf(issue).map(({ key }) => key)
    return keys.filter((key, place) => keys.indexOf(key) < place)
  }
  const doubled = new Set<string>()
  app.addHook('onSend', async ({ method, url }) => {
    if (!isChange(url) || method === 'GET') return
    const issue = world.issue(/\/issues\/([^/]+)\//.exec(url)?.[1] ?? '')
    if (issue !== undefined) for (const key of doublesOf(issue)) doubled.add(`${issue.key} ${key}`)
    await watching.done(method)
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  /** How many remote links an issue has to an object. */
  const count = (issue: string, key: string) => {
    const found = world.issue(issue)
    return found ? world.remoteLinksOf(found).filter(link => link.key === key).length : 0
  }
  /** `doubled`: issues with an object that they had two remote links to at any time. */
  return { url, watching, count, doubled, close: () => app.close() }
}

export type Tracker = Awaited<ReturnType<typeof startTracker>>
