import fastifyFormbody from '@fastify/formbody'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { html } from 'ghtml'
import { assets } from '../../web/assets.ts'
import { type Crumb, layout } from '../../web/layout.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import { countFaults } from '../call-desk/faults.ts'
import type { Issue } from '../world/records.ts'
import { Refusal } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { changeFaults } from './change-faults.ts'
import { changeIssue } from './change-issue.ts'
import { faultSwitches } from './fault-switches.ts'
import { changesSection, issueAddress, issueContent } from './issue-page.ts'
import { createIssueViewer } from './issue-view.ts'
import { createNotices } from './notices.ts'
import { queueAddress, queueContent } from './queue-page.ts'

export type PageOptions = { world: World; desk: CallDesk; nearAddress: (address: string) => string }

/** Scripts and styles are our own; icons of objects may come from anywhere on the web; nobody may frame the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src http: https:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The pages: queues, issues with the cards of their objects, and the switches. They work without JavaScript, too. */
export const pages: FastifyPluginAsync<PageOptions> = async (app, { world, desk, nearAddress }) => {
  const notices = createNotices()
  const viewer = createIssueViewer(world, desk, nearAddress)

  app.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      // Icons are asked for without it; our own forms keep their Origin.
      'referrer-policy': 'same-origin',
    })
  })
  await app.register(fastifyFormbody, { bodyLimit: 64 * 1024 })
  await app.register(assets)

  type Page = { title: string; trail: readonly Crumb[]; content: string; hasSwitches?: boolean }
  const send = (reply: FastifyReply, page: Page) =>
    reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(layout({ ...page, activeFaults: countFaults(desk.faults()) }))

  app.setErrorHandler((error, request, reply) => {
    const status = error instanceof Refusal ? error.statusCode : ((error as { statusCode?: number }).statusCode ?? 500)
    if (status >= 500) request.log.error({ err: error }, 'a page failed')
    const text = status >= 500 ? 'The sandbox failed. Its log says why.' : (error as Error).message
    const content = html`<h1>${status === 404 ? 'Not here' : 'Not done'}</h1><p>${text}</p>`
    return send(reply.code(status), { title: `${status}`, trail: [], content })
  })

  app.setNotFoundHandler(() => {
    throw new Refusal(404, { errorMessages: ['There is no such page.'] })
  })

  const findIssue = (params: unknown): Issue => {
    const { key } = params as { key: string }
    const issue = world.issue(key)
    if (!issue) throw new Refusal(404, { errorMessages: [`There is no issue ${key}.`] })
    return issue
  }

  app.get('/', (_request, reply) => reply.redirect(queueAddress(world.queues()[0]?.key ?? ''), 302))

  app.get('/queues/:key', (request, reply) => {
    const { key } = request.params as { key: string }
    const queue = world.queue(key)
    if (!queue) throw new Refusal(404, { errorMessages: [`There is no queue ${key}.`] })
    const content = queueContent({
      queue,
      queues: world.queues(),
      issues: world.issues().filter(issue => issue.queue === queue.key),
      linkCount: issue => world.remoteLinksOf(issue).length,
      notice: notices.read(request.query),
    })
    return send(reply, { title: queue.name, trail: [{ text: queue.key }], content })
  })

  app.get('/issues/:key', async (request, reply) => {
    const issue = findIssue(request.params)
    const address = issueAddress(issue.key)
    // A former key leads to the issue, as in Tracker.
    if ((request.params as { key: string }).key !== issue.key) return reply.redirect(address, 302)
    const content = issueContent({
      issue,
      assignee: issue.assignee && world.user(issue.assignee)?.display,
      links: await viewer.links(issue),
      linkCount: world.remoteLinksOf(issue).length,
      changes: viewer.changes(issue),
      queues: world.queues(),
      applications: world.applications(),
      notice: notices.read(request.query),
      switches: faultSwitches(desk.faults(), desk.settings(), address),
    })
    const trail = [{ text: issue.queue, address: queueAddress(issue.queue) }, { text: issue.key }]
    return send(reply, { title: `${issue.key} ${issue.summary}`, trail, content, hasSwitches: true })
  })

  app.get('/issues/:key/calls', (request, reply) => {
    const issue = findIssue(request.params)
    return reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(changesSection(issue, viewer.changes(issue)))
  })

  await app.register(changeIssue, { world, desk, notices, findIssue })
  await app.register(changeFaults, { desk })
}
