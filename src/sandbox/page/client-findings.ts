import { html } from 'ghtml'
import { timeOf } from '../../web/moments.ts'
import type { RequestCounts } from '../api/requests/request-counts.ts'
import type { RequestFinding } from '../api/requests/request-findings.ts'
import { findingItem } from './call-panel.ts'

/** What differs from Tracker's documents in requests to the API; nothing if nothing does. */
export function clientFindings({ findings }: RequestCounts): string {
  if (findings.size === 0) return ''
  return html`<section aria-labelledby="clients-title">
<h2 id="clients-title">Requests to the API of Tracker</h2>
<ul class="log findings">!${[...findings.values()].map(row)}</ul>
</section>`
}

const row = (finding: RequestFinding) =>
  html`!${findingItem(finding)}<li class="about">In ${finding.count === 1 ? '1 request' : `${finding.count} requests`}, the last at !${timeOf(new Date(finding.lastAt))} UTC: ${finding.calls.join(', ')}</li>`
