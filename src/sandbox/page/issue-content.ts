import { html } from 'ghtml'
import { type Notice, noticeLine } from '../../web/notice.ts'
import type { CallRecord } from '../call-desk/call-record.ts'
import type { Application, Issue, Queue } from '../world/records.ts'
import { statusName } from '../world/vocabulary.ts'
import { issueAddress } from './addresses.ts'
import { callPanel } from './call-panel.ts'
import { linkRow } from './card.ts'
import { cardsMost, type LinkView } from './issue-view.ts'
import { visibleKey } from './visible-key.ts'

export type IssueContent = {
  issue: Issue
  assignee: string | undefined
  links: readonly LinkView[]
  linkCount: number
  changes: readonly CallRecord[]
  queues: readonly Queue[]
  applications: readonly Application[]
  notice: Notice | undefined
  switches: string
}

/** The inside of an issue's page, as HTML. */
export function issueContent(page: IssueContent): string {
  const { issue, links, linkCount } = page
  return html`<div class="issue-head">
<div>
<p class="issue-key">${issue.key}!${issue.aliases.length > 0 ? html` <span class="former">formerly ${issue.aliases.join(', ')}</span>` : ''}</p>
<h1 dir="auto">${issue.summary}</h1>
<p class="states"><span class="badge status">${statusName(issue.status)}</span>
!${page.assignee === undefined ? '' : html`<span class="fact"><span class="label">Assignee</span> ${page.assignee}</span>`}</p>
</div>
!${moveForm(page)}
</div>
!${noticeLine(page.notice)}
<section aria-labelledby="links-title">
<div class="section-head">
<h2 id="links-title">Linked objects <span class="count">${linkCount}</span></h2>
!${addForm(page)}
</div>
!${
    links.length === 0
      ? html`<p class="empty">No object is linked to this issue yet. Type the key of one above.</p>`
      : html`<ul class="rows">!${links.map(view => linkRow(view, issueAddress(issue.key)))}</ul>`
  }
!${linkCount > cardsMost ? html`<p class="empty">The first ${cardsMost} are shown.</p>` : ''}
</section>
!${changesSection(issue, page.changes)}
!${page.switches}`
}

function addForm({ issue, applications, notice }: IssueContent): string {
  // After a link was added, the field is a new element: empty and focused, for the next key.
  const isNext = notice?.next === 'key'
  const id = isNext ? `key-${notice.id}` : 'key'
  return html`<form class="line" method="post" action="${issueAddress(issue.key)}/links">
!${
    applications.length === 1
      ? html`<input type="hidden" name="application" value="${applications[0]?.id ?? ''}">`
      : html`<label class="field"><span>Application</span><select name="application">!${applications.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}</select></label>`
  }
<label class="field" for="${id}"><span>Key of an object</span></label>
<input id="${id}" name="key" required maxlength="1020" autocomplete="off" spellcheck="false" placeholder="1234" !${isNext ? 'autofocus' : ''}>
<button class="main">Add link</button>
</form>`
}

function moveForm({ issue, queues }: IssueContent): string {
  const others = queues.filter(({ key }) => key !== issue.queue)
  if (others.length === 0) return ''
  return html`<form class="line" method="post" action="${issueAddress(issue.key)}/move">
<label class="field" for="queue"><span>Other queue</span></label>
<select id="queue" name="queue">!${others.map(({ key, name }) => html`<option value="${key}">${key}: ${name}</option>`)}</select>
<button>Move issue</button>
</form>`
}

/** The section of creations and removals; it polls itself while a call is held or in flight. */
export function changesSection(issue: Issue, changes: readonly CallRecord[]): string {
  const isGoingOn = changes.some(({ state }) => state === 'held' || state === 'sending')
  const poll = isGoingOn
    ? html` hx-get="${issueAddress(issue.key)}/calls" hx-trigger="every 500ms" hx-target="this" hx-swap="outerMorph"`
    : ''
  return html`<section id="changes" aria-labelledby="changes-title"!${poll}>
<h2 id="changes-title">Calls about links of this issue</h2>
!${
    changes.length === 0
      ? html`<p class="empty">None yet. Adding a link makes Tracker call <code>createLinkUrl</code>, removing one <code>removeLinkUrl</code>.</p>`
      : html`<ol class="log">!${changes.map(record => html`<li><span class="keys">${record.remoteKeys.map(visibleKey).join(', ')} <span class="label">as ${record.issueKey ?? ''}</span></span>!${callPanel(record)}</li>`)}</ol>`
  }
</section>`
}
