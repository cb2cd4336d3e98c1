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
<ol class="log">!${[...findings.values()].map(row)}</ol>
</section>`
}

const row = (finding: RequestFinding) => html`<li>
<span>${finding.count === 1 ? '1 request' : `${finding.count} requests`} <span class="label">the last at !${timeOf(new Date(finding.lastAt))} UTC</span></span>
<ul class="findings" aria-label="Findings">!${findingItem(finding)}<li class="hint">${finding.calls.join(', ')}</li></ul>
</li>`
