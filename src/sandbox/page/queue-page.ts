import type { FastifyPluginAsync } from 'fastify'
import { html } from 'ghtml'
import { type Notice, noticeLine } from '../../web/notice.ts'
import type { Issue, Queue } from '../world/records.ts'
import { notFound } from '../world/refusal.ts'
import { statusName } from '../world/vocabulary.ts'
import { issueAddress, queueAddress } from './addresses.ts'
import { clientFindings } from './client-findings.ts'
import type { PageOptions } from './page-options.ts'
import { sendPage } from './send-page.ts'

/** The issues of a queue; the first queue is where a reader begins. */
export const queuePage: FastifyPluginAsync<PageOptions> = async (app, { world, desk, counts, notices }) => {
  app.get('/', (_request, reply) => reply.redirect(queueAddress(world.queues()[0]?.key ?? ''), 302))

  app.get('/queues/:key', (request, reply) => {
    const { key } = request.params as { key: string }
    const queue = world.queue(key)
    if (!queue) throw notFound(`There is no queue ${key}.`)
    const content = queueContent({
      queue,
      queues: world.queues(),
      issues: world.issues().filter(issue => issue.queue === queue.key),
      linkCount: issue => world.remoteLinksOf(issue).length,
      notice: notices.read(request.query),
    })
    const page = content + clientFindings(counts)
    return sendPage(reply, desk, { title: queue.name, trail: [{ text: queue.key }], content: page })
  })
}

type QueueContent = {
  queue: Queue
  queues: readonly Queue[]
  issues: readonly Issue[]
  linkCount: (issue: Issue) => number
  notice: Notice | undefined
}

/** Issues that one page lists. */
const issuesMost = 200

function queueContent({ queue, queues, issues, linkCount, notice }: QueueContent): string {
  return html`<h1>${queue.name}</h1>
!${noticeLine(notice)}
<nav class="tabs" aria-label="Queues"><ul>!${queues.map(
    ({ key }) =>
      html`<li><a href="${queueAddress(key)}" !${key === queue.key ? 'aria-current="page"' : ''}>${key}</a></li>`,
  )}</ul></nav>
!${
    issues.length === 0
      ? html`<p class="empty">No issue is in this queue.</p>`
      : html`<ul class="issues">!${issues.slice(0, issuesMost).map(issue => issueRow(issue, linkCount(issue)))}</ul>`
  }
!${issues.length > issuesMost ? html`<p class="empty">The first ${issuesMost} of ${issues.length} are shown.</p>` : ''}`
}

const issueRow = (issue: Issue, links: number) => html`<li>
<a href="${issueAddress(issue.key)}"><span class="issue-key">${issue.key}</span> <span class="summary" dir="auto">${issue.summary}</span></a>
<span class="label">${links === 0 ? '' : links === 1 ? '1 object' : `${links} objects`}</span>
<span class="badge status">${statusName(issue.status)}</span>
</li>`
