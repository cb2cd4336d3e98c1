import { html } from 'ghtml'
import { presentedTokens } from '../../application-calls/call-settings.ts'
import { type CallKind, callKinds } from '../../application-calls/calls.ts'
import { keyEncodings } from '../../application-calls/fill-template.ts'
import type { FaultName } from '../call-desk/call-record.ts'
import { type DeskSettings, tokenSettings } from '../call-desk/desk-settings.ts'
import { countFaults, type Faults, faultNames, slowMost } from '../call-desk/faults.ts'
import type { Application } from '../world/records.ts'
import { callNames } from './call-panel.ts'

const rows: readonly { name: FaultName; title: string; about: string }[] = [
  { name: 'slow', title: 'Slow', about: 'goes out this many milliseconds late' },
  { name: 'repeated', title: 'Repeated', about: 'is sent once more after its answer' },
  { name: 'twiceAtOnce', title: 'Twice at once', about: 'is sent twice, in parallel' },
  { name: 'outOfOrder', title: 'Out of order', about: 'is overtaken by the opposite call about the same object' },
  { name: 'dropped', title: 'Dropped', about: 'is never sent' },
  { name: 'formerKey', title: 'Former key', about: 'names a moved issue by the key that it was linked with' },
]

const tokenWords = { fixed: 'the fixed token', user: "a user's token", none: 'no token' }
const encodingWords = {
  percent: 'percent-encoded (a%2Fb)',
  'lower-hex': 'percent-encoded in lower case (a%2fb)',
  'raw-slashes': 'percent-encoded except slashes (a/b)',
  form: 'form-encoded in the query (a+b for a space)',
  double: 'encoded twice (a%252Fb)',
  raw: 'encoded as little as possible',
}

/** The switches for what may go wrong between Tracker and an application. `back` is the address to return to. */
export function faultSwitches(
  faults: Faults,
  settings: DeskSettings,
  { applications, back }: { applications: readonly Application[]; back: string },
): string {
  return html`<section id="faults" aria-labelledby="faults-title">
<details open>
<summary><h2 id="faults-title">What Tracker does with its calls</h2> !${countFaults(faults) > 0 ? html`<span class="badge fault">${countFaults(faults)} on</span>` : ''}</summary>
<form method="post" action="/faults" hx-trigger="change, submit">
<input type="hidden" name="back" value="${back}">
<table class="faults">
<thead><tr><td></td>!${callKinds.map(call => html`<th scope="col" id="at-${call}">${callNames[call]}</th>`)}</tr></thead>
<tbody>!${rows.map(row => faultRow(row, faults))}</tbody>
</table>
<div class="line settings">
!${choice('keyEncoding', 'Keys in addresses are', keyEncodings, encodingWords, settings.keyEncoding)}
!${applications.map(application => presented(application, settings))}
<button>Set</button>
</div>
</form>
</details>
</section>`
}

/** Whose token the calls to an application present. */
function presented({ id, name }: Application, settings: DeskSettings): string {
  const { token, userToken } = tokenSettings(settings, id)
  return html`!${choice(`token.${id}`, `${name} is sent`, presentedTokens, tokenWords, token)}
!${token === 'user' ? html`<label class="field"><span>User's token for ${name}</span><input type="password" name="userToken.${id}" autocomplete="off" placeholder="${userToken === '' ? 'none yet' : 'set'}"></label>` : ''}`
}

function faultRow({ name, title, about }: (typeof rows)[number], faults: Faults): string {
  return html`<tr><th scope="row"><span id="of-${name}">${title}</span> <span class="about">${about}</span></th>!${callKinds.map(call => html`<td>!${faultSwitch(call, name, faults)}</td>`)}</tr>`
}

function faultSwitch(call: CallKind, name: FaultName, faults: Faults): string {
  if (!faultNames[call].includes(name)) return html`<span class="off" aria-hidden="true">–</span>`
  const label = html`aria-labelledby="of-${name} at-${call}"`
  const field = html`name="${call}.${name}"`
  const value = faults[call][name]
  if (name === 'slow')
    return html`<input type="number" !${field} !${label} min="0" max="${slowMost}" step="any" value="${value}">`
  return html`<input type="checkbox" !${field} !${label} !${value ? 'checked' : ''}>`
}

function choice<Value extends string>(
  name: string,
  title: string,
  values: readonly Value[],
  words: Record<Value, string>,
  chosen: Value,
): string {
  return html`<label class="field"><span>${title}</span><select name="${name}">!${values.map(value => html`<option value="${value}" !${value === chosen ? 'selected' : ''}>${words[value]}</option>`)}</select></label>`
}
