/** The style of queues, issues and their cards, calls and faults; it follows `baseStyle`. */
export const sandboxStyle = `
.verb, .took, .issue-key, .key { font-family: var(--mono); font-size: .92em; }
.about, .took, .former, .from, .at { color: var(--soft); }

.issue-head { display: flex; flex-wrap: wrap; gap: .75rem 2rem; justify-content: space-between; align-items: end; padding-top: .75rem; }
.issue-key { color: var(--soft); }
.issue-head .states { margin-top: .5rem; }
input[name=key] { width: 13rem; font-family: var(--mono); font-size: .92em; }

.rows { display: grid; gap: .75rem; }
.row { display: grid; grid-template-columns: minmax(0, 1fr); border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); overflow: clip; }
.card { display: grid; grid-template-columns: 2rem minmax(0, 1fr) auto; gap: .85rem; padding: .9rem 1rem; align-items: start; }
.icon { width: 2rem; height: 2rem; border-radius: 7px; overflow: hidden; display: grid; place-items: center; background: var(--sunk); color: var(--soft); font-weight: 650; }
.icon > * { grid-area: 1 / 1; }
.icon img { position: relative; width: 2rem; height: 2rem; object-fit: contain; background: var(--sheet); }
/* Only an image that failed to load has this; without JavaScript it stays. */
.icon img::after { content: attr(data-letter); position: absolute; inset: 0; display: grid; place-items: center; background: var(--sunk); }
.card h3 a { color: inherit; text-decoration: none; }
.card h3 a:hover .summary { text-decoration: underline; }
.card h3 .key { color: var(--accent); margin-inline-end: .35rem; }
.card s { text-decoration: none; }
.card s span { text-decoration: line-through var(--soft) 1px; }
.card s .summary { color: var(--soft); }
.from { font-size: .87rem; }
.states { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .75rem; margin-top: .45rem; font-size: .87rem; }
.fact { white-space: normal; }
.late, .late .label { color: var(--bad); }
.badge.fault, .badge.stale { background: var(--warn-ground); color: var(--warn); border-color: transparent; text-decoration: none; }

.calls { background: var(--sunk); border-top: 1px solid var(--line); padding: .6rem 1rem; display: grid; gap: .35rem; align-content: start; font-size: .87rem; min-width: 0; }
.call { min-width: 0; }
.call summary { cursor: pointer; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; padding: .2rem 0; list-style: none; }
.call summary::-webkit-details-marker { display: none; }
.call summary:hover .what { text-decoration: underline; text-underline-offset: .2em; }
.verb { color: var(--soft); }
.clean { color: var(--good); }
.clean::before { content: "✓ " / ""; }
.findings { display: grid; gap: .3rem; padding: .1rem 0 .25rem 1rem; }
.findings .error strong { color: var(--bad); }
.findings .warning strong { color: var(--warn); }
/* The name of an application may be long. */
.field { max-width: 100%; min-width: 0; }
.field > span { flex: none; max-width: 100%; }
.field select { min-width: 0; flex: 0 1 auto; text-overflow: ellipsis; }
.hint { color: var(--soft); }
.exchange { padding: 0 0 .5rem 1rem; }
.exchange pre { background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .75rem; white-space: pre-wrap; max-height: 22rem; overflow: auto; font-size: .8rem; line-height: 1.45; }
.log { border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); overflow: clip; margin-top: .75rem; font-size: .87rem; }
.log li { padding: .5rem 1rem; display: grid; align-items: baseline; gap: .1rem 1rem; grid-template-columns: minmax(0, 1fr); }
.log li + li { border-top: 1px solid var(--line); }
.log .findings li { border: 0; padding: 0; display: list-item; }
.keys { font-family: var(--mono); font-size: .92em; }

#faults summary { cursor: pointer; padding: .25rem 0; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .6rem; list-style: none; }
#faults summary::-webkit-details-marker { display: none; }
#faults form { margin-top: .75rem; border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); overflow: clip; }
.faults { width: 100%; border-collapse: collapse; font-size: .87rem; }
.faults th, .faults td { padding: .35rem .75rem; text-align: center; font-weight: 400; }
.faults tbody tr { border-top: 1px solid var(--line); }
.faults th[scope=row] { text-align: start; font-weight: 550; }
.faults thead th { color: var(--soft); padding-block: .6rem; }
.faults .about { font-weight: 400; }
.faults input[type=number] { width: 5.2rem; text-align: end; padding-inline: .4rem; }
.faults input[type=checkbox] { width: 1.15rem; height: 1.15rem; min-height: 0; accent-color: var(--accent); vertical-align: middle; }
.faults .off { color: var(--line); }
.settings .field { flex-wrap: wrap; gap: .2rem .5rem; }
.settings { border-top: 1px solid var(--line); padding: .75rem; gap: .5rem 1.25rem; }

.issues { border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); overflow: clip; }
.issues li { display: flex; flex-wrap: wrap; align-items: baseline; gap: .15rem .75rem; padding: .6rem 1rem; }
.issues li + li { border-top: 1px solid var(--line); }
.issues li > a { flex: 1 1 16rem; color: var(--text); text-decoration: none; }
.issues li > a:hover .summary { text-decoration: underline; text-underline-offset: .2em; }
.issues .issue-key { display: inline-block; min-width: 5.5rem; color: var(--accent); }

@media (min-width: 60rem) {
  .row { grid-template-columns: minmax(0, 6fr) minmax(0, 5fr); }
  .calls { border-top: 0; border-inline-start: 1px solid var(--line); padding-block: .8rem; }
  .log li { grid-template-columns: minmax(0, 1fr) minmax(0, 2.4fr); }
}
@media (max-width: 36rem) {
  .card { grid-template-columns: 2rem minmax(0, 1fr); gap: .6rem .75rem; }
  .card form { grid-column: 2; margin-inline-start: -.5rem; margin-block: -.25rem; }
  .issues .issue-key { min-width: 0; margin-inline-end: .35rem; }
  input[name=key] { flex: 1 1 8rem; width: auto; min-width: 0; }
  .faults { overflow-wrap: normal; }
  .faults .about { display: none; }
  .faults th, .faults td { padding: .35rem .15rem; }
  .faults th[scope=row], .faults thead td { padding-inline-start: .75rem; }
  .faults input[type=number] { width: 3.4rem; appearance: textfield; }
  .faults { font-size: .8rem; }
  .settings .field { width: 100%; flex-direction: column; align-items: stretch; }
  .settings .field select { flex: none; }
}
`

/** Removes an icon that cannot be loaded, so that the letter behind it shows. */
export const iconScript = `document.addEventListener('error', event => {
  if (event.target instanceof HTMLImageElement) event.target.remove()
}, true)
`
