import { html } from 'ghtml'
import type { ShownObject } from '../../application-calls/shown-object.ts'
import { dayOf, momentOf } from '../../web/moments.ts'
import { webAddress } from '../../web/web-address.ts'
import { callPanel } from './call-panel.ts'
import type { LinkView } from './issue-view.ts'
import { visibleKey } from './visible-key.ts'

/** A linked object as a card, with the calls behind it beside it. `issueAddress` is the page that it is on. */
export function linkRow(view: LinkView, issueAddress: string): string {
  const { link } = view
  return html`<li class="row" id="link-${link.id}">
<article class="card" aria-labelledby="title-${link.id}">
!${icon(view)}
<div class="inside">
!${title(view)}
!${view.object ? states(view.object, ageBadge(view)) : html`<p class="states"><span class="badge bad">no card</span></p>`}
</div>
<form method="post" action="${issueAddress}/links/${link.id}/remove">
<button class="quiet" aria-label="Remove the link to ${visibleKey(link.key)}">Remove</button>
</form>
</article>
<div class="calls">!${view.calls.map(callPanel)}</div>
</li>`
}

/** A letter, covered by the icon once that is loaded. The status beside it says the same, so it needs no alt text. */
function icon({ iconUrl, application }: LinkView): string {
  const letter = String.fromCodePoint(application?.name.codePointAt(0) ?? 63)
  return html`<span class="icon" aria-hidden="true"><span>${letter}</span>!${iconUrl ? html`<img src="${iconUrl}" alt="" data-letter="${letter}" width="32" height="32">` : ''}</span>`
}

/** Struck through if the object is resolved, as Tracker does with issues. */
function title({ link, object, application, frontUrl }: LinkView): string {
  const words = html`<span class="key">${visibleKey(object?.key ?? link.key)}</span> <span class="summary">${object?.summary ?? ''}</span>`
  const inside = object?.resolution ? html`<s>!${words}</s>` : words
  const address = webAddress(frontUrl)
  return html`<h3 id="title-${link.id}" dir="auto">!${address ? html`<a href="${address}" target="_blank" rel="noreferrer">!${inside}</a>` : inside}</h3>
<p class="from">${application?.name ?? link.applicationId}</p>`
}

/** Of when a card is that is not true now: because the call failed, or as the application itself says. */
function ageBadge({ staleSince, markedSince }: LinkView): string {
  if (staleSince)
    return html`<span class="badge stale" title="The last call brought no card; this one is from an earlier call.">stale, as of !${momentOf(staleSince)} UTC</span>`
  if (!markedSince) return ''
  return html`<span class="badge stale" title="The header Age of the answer says so.">last good card, as of !${momentOf(markedSince)} UTC</span>`
}

function states(object: ShownObject, age: string): string {
  const { status, resolution, assignee, deadline, updated } = object
  const facts = [
    assignee && html`<span class="fact"><span class="label">Assignee</span> ${assignee}</span>`,
    deadline &&
      html`<span class="fact ${isOverdue(object) ? 'late' : ''}"><span class="label">${isOverdue(object) ? 'Overdue since' : 'Deadline'}</span> !${dayOf(deadline)}</span>`,
    updated && html`<span class="fact"><span class="label">Updated</span> !${dayOf(updated)}</span>`,
  ].filter(Boolean)
  return html`<p class="states">
!${age}
!${status ? html`<span class="badge status" title="${status.description ?? ''}">${status.name}</span>` : ''}
!${resolution ? html`<span class="badge good" title="${resolution.description ?? ''}">${resolution.name}</span>` : ''}
!${facts}
</p>`
}

function isOverdue({ deadline, resolution }: ShownObject): boolean {
  return deadline !== undefined && !resolution && new Date(deadline).getTime() < Date.now()
}
