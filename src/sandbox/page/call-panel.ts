import { html } from 'ghtml'
import type { CallKind } from '../../application-calls/calls.ts'
import { exactNumber, parseExactly } from '../../application-calls/exact-json.ts'
import type { Finding } from '../../application-calls/finding.ts'
import { milliseconds, timeOf } from '../../web/moments.ts'
import type { CallRecord, FaultName } from '../call-desk/call-record.ts'

export const callNames: Record<CallKind, string> = {
  entityInfo: 'Entity info',
  createLink: 'Create link',
  removeLink: 'Remove link',
}

const faultWords: Record<FaultName, string> = {
  slow: 'sent late',
  repeated: 'sent again',
  twiceAtOnce: 'sent twice at once',
  outOfOrder: 'out of order',
  dropped: 'dropped',
  formerKey: 'key before the move',
}

/** One call: a line with its outcome, its findings, and on demand the request and the answer. */
export function callPanel(record: CallRecord): string {
  return html`<div class="call">
<details>
<summary>
<span class="verb">${record.method}</span>
<span class="what">${callNames[record.call]}</span>
!${outcome(record)}
!${record.faults.map(name => html`<span class="badge fault">${faultWords[name]}</span>`)}
!${record.state === 'answered' && record.findings.length === 0 ? html`<span class="clean">no findings</span>` : ''}
</summary>
!${exchange(record)}
</details>
!${findingList(record)}
</div>`
}

function outcome(record: CallRecord): string {
  if (record.state === 'held') return html`<span class="badge fault">held back</span>`
  if (record.state === 'sending') return html`<span class="badge">in flight</span>`
  if (record.state === 'unsent') return html`<span class="badge bad">not sent</span>`
  if (record.status === undefined) return html`<span class="badge bad">no answer</span>`
  const isGood = record.status >= 200 && record.status <= 299
  return html`<span class="badge ${isGood ? 'good' : 'bad'}">${record.status}</span>
<span class="took">${milliseconds(record.milliseconds ?? 0)}</span>`
}

function findingList(record: CallRecord): string {
  if (record.findings.length === 0) return ''
  return html`<ul class="findings" aria-label="Findings">!${record.findings.map(findingItem)}</ul>`
}

export const findingItem = ({ level, field, rule, hint }: Finding) =>
  html`<li class="${level}"><strong>${level === 'error' ? 'Error' : 'Warning'}</strong> <code>${field}</code> ${rule}. <span class="hint">${hint}</span></li>`

function exchange(record: CallRecord): string {
  return html`<div class="exchange">
<p class="at">Requested at !${timeOf(record.at)} UTC</p>
<h4>Request</h4>
<pre tabindex="0">${requestText(record)}</pre>
<h4>Answer</h4>
!${
    record.status === undefined
      ? html`<p class="none">${record.state === 'held' ? 'It waits for the call that is to overtake it.' : 'There is none.'}</p>`
      : html`<pre tabindex="0">${answerText(record)}</pre>`
  }
</div>`
}

const requestText = (record: CallRecord) =>
  [
    `${record.method} ${record.address || '(no address)'}`,
    ...headerLines(record.requestHeaders),
    ...(record.requestBody === undefined ? [] : ['', record.requestBody]),
  ].join('\n')

const answerText = (record: CallRecord) =>
  [
    `${record.status}`,
    ...headerLines(record.responseHeaders ?? {}),
    ...(record.responseBody
      ? ['', record.isResponseBodyCut ? record.responseBody : indented(record.responseBody)]
      : []),
    ...(record.isResponseBodyCut ? ['… (the rest is left out)'] : []),
  ].join('\n')

const headerLines = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

/** A JSON text over several lines, its numbers with all their digits; any other text as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(parseExactly(text, exactNumber), null, 2)
  } catch {
    return text
  }
}
