import { html } from 'ghtml'
import { type Notice, noticeLine } from '../../web/layout.ts'
import type { Issue, Queue } from '../world/records.ts'
import { issueAddress, statusName } from './issue-page.ts'

export const queueAddress = (key: string) => `/queues/${encodeURIComponent(key)}`

/** Issues that one page lists. */
const issuesMost = 200

/** The inside of a queue's page, as HTML. */
export function queueContent({
  queue,
  queues,
  issues,
  linkCount,
  notice,
}: {
  queue: Queue
  queues: readonly Queue[]
  issues: readonly Issue[]
  linkCount: (issue: Issue) => number
  notice: Notice | undefined
}): string {
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
