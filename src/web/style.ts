/** The style sheet of the pages: system fonts, one accent colour, light and dark as the reader's system has it. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14161a);
  --sheet: light-dark(#ffffff, #1c1f25);
  --sunk: light-dark(#f1f3f6, #15181d);
  --line: light-dark(#dfe3e9, #2e333c);
  --text: light-dark(#1b1f27, #e6e9ef);
  --soft: light-dark(#5b6472, #9aa4b3);
  --accent: light-dark(#3056d3, #8ea8ff);
  --on-accent: light-dark(#ffffff, #10142a);
  --good: light-dark(#17693c, #7fd4a3);
  --good-ground: light-dark(#e4f4ea, #17301f);
  --bad: light-dark(#b3261e, #ff9b91);
  --bad-ground: light-dark(#fdeceb, #3a1d1b);
  --warn: light-dark(#805200, #f0c070);
  --warn-ground: light-dark(#fdf3dd, #352a14);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, ol, pre, table { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 1rem; font-weight: 650; }
h3 { font-size: 1rem; font-weight: 550; line-height: 1.4; }
h4 { font-size: .75rem; font-weight: 600; color: var(--soft); margin: .75rem 0 .25rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
code, pre, .verb, .took, .issue-key, .key { font-family: var(--mono); font-size: .92em; }
.label, .about, .took, .count, .former, .from, .at { color: var(--soft); }

.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--sheet); padding: .5rem 1rem; z-index: 1; }
.top, main { max-width: 76rem; margin: 0 auto; padding-inline: clamp(1rem, 3vw, 2rem); }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; padding-block: .9rem; }
.brand { display: inline-flex; align-items: center; gap: .5rem; color: var(--text); font-weight: 650; text-decoration: none; }
.brand svg { width: 1.4rem; fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linecap: round; }
.top nav ol { display: flex; flex-wrap: wrap; gap: .25rem; }
.top nav li::before { content: "/"; color: var(--soft); margin-inline: .25rem .5rem; }
.top .badge { margin-inline-start: auto; }
main { padding-bottom: 4rem; display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; gap: 1.75rem; }

.issue-head, .section-head { display: flex; flex-wrap: wrap; gap: .75rem 2rem; justify-content: space-between; align-items: end; }
.issue-head { padding-top: .75rem; }
.issue-key { color: var(--soft); }
.issue-head .states { margin-top: .5rem; }
.section-head { margin-bottom: .75rem; }
.count { font-weight: 400; }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
.field { display: inline-flex; align-items: center; gap: .5rem; color: var(--soft); font-size: .87rem; }
input, select, button { font: inherit; color: inherit; min-height: 2.25rem; border-radius: 6px; border: 1px solid var(--line); background: var(--sheet); padding: .25rem .65rem; max-width: 100%; }
input[name=key] { width: 13rem; font-family: var(--mono); font-size: .92em; }
button { cursor: pointer; font-weight: 550; }
button:hover { border-color: var(--accent); color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { filter: brightness(1.08); }
button.quiet { margin-block: -.35rem; background: none; border-color: transparent; color: var(--soft); font-weight: 400; padding-inline: .5rem; }
button.quiet:hover { color: var(--bad); border-color: var(--line); }
form.htmx-request button { opacity: .55; cursor: progress; }
::placeholder { color: var(--soft); opacity: .7; }

.notice { min-height: 0; }
.notice:empty { display: none; }
.notice.done, .notice.refused { border-radius: 6px; padding: .5rem .85rem; }
.notice.done { background: var(--good-ground); color: var(--good); }
.notice.refused { background: var(--bad-ground); color: var(--bad); }
.empty { color: var(--soft); padding: .75rem 0; }

.rows { display: grid; gap: .75rem; }
.row { display: grid; grid-template-columns: minmax(0, 1fr); border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); overflow: clip; }
.card { display: grid; grid-template-columns: 2rem minmax(0, 1fr) auto; gap: .85rem; padding: .9rem 1rem; align-items: start; }
.icon { width: 2rem; height: 2rem; border-radius: 7px; overflow: hidden; display: grid; place-items: center; background: var(--sunk); color: var(--soft); font-weight: 650; }
.icon > * { grid-area: 1 / 1; }
.icon img { position: relative; width: 2rem; height: 2rem; object-fit: contain; background: var(--sheet); }
/* Only an image that did not load has this: without JavaScript nobody takes it away. */
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
.badge { display: inline-block; border-radius: 5px; padding: .05rem .45rem; font-size: .8rem; font-weight: 550; background: var(--sunk); color: var(--soft); border: 1px solid var(--line); }
.badge.status { color: var(--text); }
.badge.good { background: var(--good-ground); color: var(--good); border-color: transparent; }
.badge.bad { background: var(--bad-ground); color: var(--bad); border-color: transparent; }
.badge.fault, .badge.stale { background: var(--warn-ground); color: var(--warn); border-color: transparent; text-decoration: none; }

.calls { background: var(--sunk); border-top: 1px solid var(--line); padding: .6rem 1rem; display: grid; gap: .35rem; align-content: start; font-size: .87rem; min-width: 0; }
.call { min-width: 0; }
.call summary { cursor: pointer; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; padding: .2rem 0; list-style: none; }
.call summary::-webkit-details-marker { display: none; }
summary::before { content: ""; width: .4rem; height: .4rem; border: solid var(--soft); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); margin-inline: .1rem .25rem; }
details[open] > summary::before { transform: rotate(45deg); }
.call summary:hover .what { text-decoration: underline; text-underline-offset: .2em; }
.verb { color: var(--soft); }
.clean { color: var(--good); }
.clean::before { content: "✓ " / ""; }
.findings { display: grid; gap: .3rem; padding: .1rem 0 .25rem 1rem; }
.findings .error strong { color: var(--bad); }
.findings .warning strong { color: var(--warn); }
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

.tabs { margin-bottom: -1rem; }
.tabs ul { display: flex; flex-wrap: wrap; gap: .25rem; border-bottom: 1px solid var(--line); }
.tabs a { display: block; padding: .4rem .85rem; color: var(--soft); text-decoration: none; font-family: var(--mono); font-size: .9rem; border-bottom: 2px solid transparent; margin-bottom: -1px; }
.tabs a:hover { color: var(--text); }
.tabs [aria-current] { color: var(--text); border-color: var(--accent); }
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
  button.quiet { margin: 0; }
  .line { width: 100%; }
  .issues .issue-key { min-width: 0; margin-inline-end: .35rem; }
  input[name=key] { flex: 1 1 8rem; width: auto; min-width: 0; }
  .line select { flex: 1 1 6rem; min-width: 0; }
  .faults { overflow-wrap: normal; }
  .faults .about { display: none; }
  .faults th, .faults td { padding: .35rem .2rem; }
  .faults th[scope=row], .faults thead td { padding-inline-start: .75rem; }
  .faults input[type=number] { width: 4rem; appearance: textfield; }
  .settings .field { width: 100%; flex-direction: column; align-items: stretch; }
  .settings .field select { flex: none; }
}
@media (prefers-reduced-motion: no-preference) { button, .badge { transition: color .12s, border-color .12s, opacity .12s; } }
`

/** The mark of the pages, for the tab of a browser. */
export const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="M7 6.5h-.5a3.5 3.5 0 0 0 0 7H9m2-7h2.5a3.5 3.5 0 0 1 0 7H13M7.5 10h5" fill="none" stroke="#4a6cf0" stroke-width="1.8" stroke-linecap="round"/></svg>`

/** An icon that does not come makes room for the letter behind it. */
export const script = `document.addEventListener('error', event => {
  if (event.target instanceof HTMLImageElement) event.target.remove()
}, true)
`
