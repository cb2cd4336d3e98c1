import { readFileSync } from 'node:fs'
import type { FastifyPluginAsync } from 'fastify'
import { html } from 'ghtml'
import { inlineMark } from '../../web/mark.ts'
import { contentSecurityPolicy, sendHtml } from '../../web/page-headers.ts'
import { baseStyle } from '../../web/style.ts'

// Relative, so that they also hold behind a proxy that adds a path.
const places = [
  { name: 'documentation', address: 'docs/', text: 'The management API: every call, to read and to try' },
  { name: 'openapi', address: 'openapi.json', text: 'The same as an OpenAPI document' },
  { name: 'ready', address: 'health/ready', text: 'Whether calls can be answered: 200, or 503' },
  { name: 'live', address: 'health/live', text: 'Whether the process runs' },
  { name: 'metrics', address: 'metrics', text: 'Numbers for Prometheus' },
]

/** What stands where: a page for an operator at the top of the admin port, JSON for a program. Public, without an API key. */
export const startPage: FastifyPluginAsync = async app => {
  const file = new URL('../../../package.json', import.meta.url)
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string }
  const links = Object.fromEntries(places.map(({ name, address }) => [name, address]))
  const page = pageOf(name, version)
  app.get('/', (request, reply) => {
    reply.header('vary', 'accept')
    if (/\btext\/html\b/i.test(request.headers.accept ?? ''))
      sendHtml(reply.header('content-security-policy', policy), page)
    else reply.send({ name, version, links })
  })
  app.get('/start.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(baseStyle))
}

/** It loads its style and its icon, and nothing else. */
const policy = contentSecurityPolicy({ 'style-src': "'self'", 'img-src': "'self'" })

const pageOf = (name: string, version: string): string => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name} · for operators</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="start.css">
</head>
<body>
<header class="top"><span class="brand">!${inlineMark}${name}</span><span class="badge">${version}</span></header>
<main id="main">
<h1>For operators and applications</h1>
<ul>
!${places.map(({ address, text }) => html`<li><a href="${address}">${text}</a></li>\n`)}
</ul>
<p>Calls of the management API need a key: <code>tracker-links keys create --name NAME --scope admin</code></p>
<p>Tracker is answered on the other port.</p>
</main>
</body>
</html>
`
