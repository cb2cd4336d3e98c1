import { html } from 'ghtml'
import { inlineMark } from '../../../web/mark.ts'
import { baseStyle } from '../../../web/style.ts'
import { byGroup, countsOf, type PlainReport, type PlainResult } from './plain-report.ts'

const style = `${baseStyle}
.verdict { border-radius: 8px; padding: 1rem 1.25rem; }
.verdict.good { background: var(--good-ground); color: var(--good); }
.verdict.bad { background: var(--bad-ground); color: var(--bad); }
.verdict p { font-size: .95rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; font-size: .9rem; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; font-family: var(--mono); font-size: .86rem; }
.group { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; }
.group h2 { display: flex; gap: .75rem; align-items: baseline; }
.check { border-top: 1px solid var(--line); padding: .5rem 0; }
.check:first-of-type { margin-top: .5rem; }
.check summary, .check > div { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; list-style: none; }
.check summary { cursor: pointer; }
.check .id { font-family: var(--mono); font-size: .86rem; color: var(--soft); }
.check .title { flex: 1 1 16rem; }
.badge { min-width: 4rem; text-align: center; }
.badge.warn { background: var(--warn-ground); color: var(--warn); border-color: transparent; }
.detail { padding: .5rem 0 .25rem 1rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: .35rem; }
.detail p b { font-weight: 600; }
pre { background: var(--sunk); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; white-space: pre-wrap; }
@media print { .check details { display: block; } }
`

/** A report as one page: no script, and nothing that it would load from elsewhere. */
export function htmlReport(report: PlainReport): string {
  const { application, verdict, line, startedAt, milliseconds, calls, left, since } = report
  const [word = '', rest = ''] = line.split('  ')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${word}: ${application.id}</title>
<style>!${style}</style>
</head>
<body>
<header class="top"><span class="brand">!${inlineMark}tracker-links check</span></header>
<main>
<section class="verdict ${verdict === 'ready' ? 'good' : 'bad'}"><h1>${word}</h1><p>${rest}</p></section>
<dl class="facts">
!${facts({ application: application.id, ...application, id: '', when: startedAt, took: `${(milliseconds / 1_000).toFixed(1)} s, ${calls} calls` })}
</dl>
!${since ? html`<section class="group"><h2>Since the baseline</h2><p>New: ${since.broken.join(', ') || 'nothing'}</p><p>Mended: ${since.mended.join(', ') || 'nothing'}</p></section>` : ''}
!${left.length > 0 ? html`<section class="group"><h2>Links that could not be removed</h2><pre>${left.map(({ issueKey, remoteKey }) => `${issueKey}  ${remoteKey}`).join('\n')}</pre></section>` : ''}
!${byGroup(report).map(({ group, results }) => groupSection(group, results))}
</main>
</body>
</html>
`
}

const facts = (all: Record<string, string>) =>
  Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)

const order = ['fail', 'warn', 'not run', 'skipped', 'pass']

/** What is wrong comes first. */
function groupSection(group: string, results: readonly PlainResult[]): string {
  const { pass, fail, warn } = countsOf(results)
  const sorted = results.toSorted((one, other) => order.indexOf(one.outcome) - order.indexOf(other.outcome))
  return html`<section class="group">
<h2>${group} <span class="count">${pass} of ${results.length} passed${fail > 0 ? `, ${fail} failed` : ''}${warn > 0 ? `, ${warn} warned` : ''}</span></h2>
!${sorted.map(checkRow)}
</section>`
}

const badges = { pass: 'good', fail: 'bad', warn: 'warn', skipped: '', 'not run': '' }

function checkRow(result: PlainResult): string {
  const { id, level, title, outcome, why } = result
  const head = html`<span class="badge ${badges[outcome]}">${outcome}</span><span class="title">${title}${why === undefined ? '' : ` (${why})`}</span><span class="id">${id}</span><span class="label">${level}</span>`
  if (result.rule === undefined) return html`<div class="check"><div>!${head}</div></div>`
  return html`<div class="check"><details open><summary>!${head}</summary>!${detail(result)}</details></div>`
}

function detail({ rule = '', fix = '', source, sent, came, curl }: PlainResult): string {
  return html`<div class="detail">
<p><b>Rule</b> ${rule}</p><p><b>Fix</b> ${fix}</p><p><b>Source</b> ${source}</p>
!${sent ? html`<p><b>Sent</b></p><pre>${sent.method} ${sent.address}${headerLines(sent.headers)}${sent.body === undefined ? '' : `\n\n${sent.body}`}</pre>` : ''}
!${came ? html`<p><b>Came</b></p><pre>${'failed' in came ? came.failed : `${came.status} in ${came.milliseconds} ms${headerLines(came.headers)}\n\n${came.body}`}</pre>` : ''}
!${curl === undefined ? '' : html`<p><b>Try</b></p><pre>${curl}</pre>`}
</div>`
}

const headerLines = (headers: Record<string, string>) =>
  Object.entries(headers)
    .map(([name, value]) => `\n${name}: ${value}`)
    .join('')
