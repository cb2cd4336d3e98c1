import type { FastifyPluginAsync } from 'fastify'
import { html } from 'ghtml'
import { inlineMark } from '../web/mark.ts'
import { contentSecurityPolicy, sendHtml } from '../web/page-headers.ts'
import { baseStyle } from '../web/style.ts'

/** What an operator finds at the admin port, with addresses relative to it: it may stand behind a proxy that adds a path. */
const places = [
  { address: 'docs/', what: 'Management API: its documentation, and a form to try it' },
  { address: 'openapi.json', what: 'The same as an OpenAPI document' },
  { address: 'health/ready', what: 'Whether the server can answer calls' },
  { address: 'health/live', what: 'Whether it runs' },
] as const

const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>For operators · tracker-links</title>
<style>!${baseStyle}
main ul { display: grid; gap: .75rem; }
main li span { display: block; color: var(--soft); }
</style>
</head>
<body>
<header class="top"><span class="brand">!${inlineMark}tracker-links</span></header>
<main>
<h1>The port for operators</h1>
<ul>!${places.map(({ address, what }) => html`<li><a href="${address}">/${address}</a><span>${what}</span></li>`)}</ul>
<p>A key for the API: <code>tracker-links keys create --name trial --scope admin</code></p>
</main>
</body>
</html>
`

const policy = contentSecurityPolicy({ 'style-src': "'unsafe-inline'" })

/** What is to be found at this port: a page for a browser, JSON for a program. It says nothing about the installation. */
export const startPage: FastifyPluginAsync = async app => {
  app.get('/', (request, reply) => {
    if (!request.headers.accept?.includes('text/html')) return reply.send({ places })
    return sendHtml(reply.header('content-security-policy', policy), page)
  })
}
