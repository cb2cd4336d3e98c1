import { contentSecurityPolicy } from '../../web/page-headers.ts'

/** The viewer's page. What it loads comes from this server, and nothing is written into it. */
export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Management API · tracker-links</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="stylesheet" href="page.css">
<link rel="icon" type="image/png" href="favicon-32x32.png">
</head>
<body>
<div id="viewer"></div>
<noscript>This page needs JavaScript; <a href="../openapi.json">the document itself</a> does not.</noscript>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
`

/** Corrects what the viewer's own style makes unreadable in dark mode. */
export const style = `html.dark-mode .swagger-ui .header-col, html.dark-mode .swagger-ui .header-example { color: #e4e6e6 }
`

/** Starts the viewer, light or dark as the system is. The browser stores no API key, and no validator is asked for a badge. */
export const start = `const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
SwaggerUIBundle({
  url: '../openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
})
`

/** What the page may do: load from this server and call it. The viewer sets styles and has pictures of its own. */
export const policy = contentSecurityPolicy({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
})
