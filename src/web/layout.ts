import { html } from 'ghtml'
import { inlineMark } from './mark.ts'

// ghtml escapes every text that a template is given, except behind `!`: that is HTML made here. An attribute is always in
// quotes, and an address in one always comes from us or from `web-address.ts`.

/** A step on the way to a page; without an address it is the page itself. */
export type Crumb = { text: string; address?: string }

export type Page = {
  /** The name of the site that the page belongs to. */
  site: string
  title: string
  trail: readonly Crumb[]
  /** HTML for the end of the header. */
  badge?: string
  /** HTML. */
  content: string
}

/** A whole page as HTML. Its links and forms work without JavaScript; with it, htmx replaces the page in place. */
export function layout({ site, title, trail, badge = '', content }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"morphIgnore":["data-htmx-powered","open"],"history":"reload"}'>
<title>${title} · ${site}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/page.css">
<script src="/assets/page.js"></script>
<script src="/assets/htmx.min.js" defer></script>
</head>
<body hx-boost:inherited="target:'#page', select:'#page', swap:'outerMorph show:none'">
<div id="page">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">!${inlineMark}${site}</a>
<nav aria-label="Where you are"><ol>!${trail.map(crumb)}</ol></nav>
!${badge}
</header>
<main id="main" tabindex="-1">
!${content}
</main>
</div>
</body>
</html>`
}

const crumb = ({ text, address }: Crumb) =>
  address === undefined ? html`<li aria-current="page">${text}</li>` : html`<li><a href="${address}">${text}</a></li>`
