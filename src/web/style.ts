/** One accent colour, system fonts, light and dark as the reader's system is. */
const designTokens = `
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
`

/** The style of what every page has: text, header, forms, notices, badges, disclosures, tabs. A page adds its own after it. */
export const baseStyle = `${designTokens}
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
code, pre { font-family: var(--mono); font-size: .92em; }
.label, .count { color: var(--soft); }

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

.section-head { display: flex; flex-wrap: wrap; gap: .75rem 2rem; justify-content: space-between; align-items: end; margin-bottom: .75rem; }
.count { font-weight: 400; }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
.field { display: inline-flex; align-items: center; gap: .5rem; color: var(--soft); font-size: .87rem; }
input, select, button { font: inherit; color: inherit; min-height: 2.25rem; border-radius: 6px; border: 1px solid var(--line); background: var(--sheet); padding: .25rem .65rem; max-width: 100%; }
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

.badge { display: inline-block; border-radius: 5px; padding: .05rem .45rem; font-size: .8rem; font-weight: 550; background: var(--sunk); color: var(--soft); border: 1px solid var(--line); }
.badge.status { color: var(--text); }
.badge.good { background: var(--good-ground); color: var(--good); border-color: transparent; }
.badge.bad { background: var(--bad-ground); color: var(--bad); border-color: transparent; }

summary::before { content: ""; width: .4rem; height: .4rem; border: solid var(--soft); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); margin-inline: .1rem .25rem; }
details[open] > summary::before { transform: rotate(45deg); }

.tabs { margin-bottom: -1rem; }
.tabs ul { display: flex; flex-wrap: wrap; gap: .25rem; border-bottom: 1px solid var(--line); }
.tabs a { display: block; padding: .4rem .85rem; color: var(--soft); text-decoration: none; font-family: var(--mono); font-size: .9rem; border-bottom: 2px solid transparent; margin-bottom: -1px; }
.tabs a:hover { color: var(--text); }
.tabs [aria-current] { color: var(--text); border-color: var(--accent); }

@media (max-width: 36rem) {
  button.quiet { margin: 0; }
  .line { width: 100%; }
  .line select { flex: 1 1 6rem; min-width: 0; }
}
@media (prefers-reduced-motion: no-preference) { button, .badge { transition: color .12s, border-color .12s, opacity .12s; } }
`
