import { html } from 'ghtml'

// Every text that a template is given is escaped by ghtml, but for those behind `!`, which are HTML made here. An
// attribute is always in quotes, and an address always from `web-address.ts`.

export type Crumb = { text: string; address?: string }

/** A whole page. `content` is HTML; `title` and `trail` are text. */
export function layout({
  title,
  trail,
  content,
  activeFaults,
  hasSwitches = false,
}: {
  title: string
  trail: readonly Crumb[]
  content: string
  activeFaults: number
  /** Whether the switches of the faults are on this page. */
  hasSwitches?: boolean
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"morphIgnore":["data-htmx-powered","open"],"history":"reload"}'>
<title>${title} · Tracker sandbox</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/page.css">
<script src="/assets/page.js"></script>
<script src="/assets/htmx.min.js" defer></script>
</head>
<body hx-boost:inherited="target:'#page', select:'#page', swap:'outerMorph show:none'">
<div id="page">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><svg aria-hidden="true" viewBox="0 0 20 20"><path d="M7 6.5h-.5a3.5 3.5 0 0 0 0 7H9m2-7h2.5a3.5 3.5 0 0 1 0 7H13M7.5 10h5"/></svg>Tracker sandbox</a>
<nav aria-label="Where you are"><ol>!${trail.map(crumb)}</ol></nav>
!${activeFaults > 0 ? faultMark(activeFaults, hasSwitches) : ''}
</header>
<main id="main" tabindex="-1">
!${content}
</main>
</div>
</body>
</html>`
}

function faultMark(count: number, hasSwitches: boolean): string {
  const text = count === 1 ? '1 fault is on' : `${count} faults are on`
  return hasSwitches
    ? html`<a class="badge fault" href="#faults">${text}</a>`
    : html`<span class="badge fault">${text}</span>`
}

const crumb = ({ text, address }: Crumb) =>
  address === undefined ? html`<li aria-current="page">${text}</li>` : html`<li><a href="${address}">${text}</a></li>`

/** What happened, told once after a change. `next` is where a reader goes on: the field for a key, or the notice itself. */
export type Notice = { id: number; level: 'done' | 'refused'; text: string; next: 'key' | 'notice' }

export function noticeLine(notice: Notice | undefined): string {
  if (!notice) return html`<p id="notice" class="notice" role="status"></p>`
  const focus = notice.next === 'notice' ? 'tabindex="-1" autofocus' : ''
  return html`<p id="notice" class="notice ${notice.level}" role="status" !${focus}>${notice.text}</p>`
}
