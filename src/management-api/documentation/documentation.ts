import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { page, policy, start, style } from './page.ts'

// The document is made from the endpoints by scripts/generate-openapi.ts, long before a server starts, and the viewer is a
// package that is only read: neither costs a start or memory.

const document = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url))
const ofViewer = [
  { name: 'swagger-ui.css', type: 'text/css', find: () => import.meta.resolve('swagger-ui-dist/swagger-ui.css') },
  {
    name: 'swagger-ui-bundle.js',
    type: 'text/javascript',
    find: () => import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  },
  {
    name: 'favicon-32x32.png',
    type: 'image/png',
    find: () => import.meta.resolve('swagger-ui-dist/favicon-32x32.png'),
  },
]

/** The OpenAPI document, and a viewer of it at `/docs`. Both are the same for everybody, and need no API key. */
export const documentation: FastifyPluginAsync = async app => {
  app.get('/openapi.json', (_request, reply) => sendFile(reply, document, 'application/json'))
  // The page's own references are relative, so that it also works where a proxy puts a path before it.
  app.get('/docs', (_request, reply) => reply.redirect('docs/'))
  app.get('/docs/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page),
  )
  app.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(start))
  app.get('/docs/page.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(style))
  for (const { name, type, find } of ofViewer)
    app.get(`/docs/${name}`, (_request, reply) => {
      reply.header('cache-control', 'private, max-age=3600')
      return sendFile(reply, fileURLToPath(find()), type)
    })
}

async function sendFile(reply: FastifyReply, path: string, type: string): Promise<FastifyReply> {
  const { size } = await stat(path)
  reply.type(type.startsWith('image/') ? type : `${type}; charset=utf-8`).header('content-length', size)
  return reply.send(createReadStream(path))
}
