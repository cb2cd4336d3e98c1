import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { mark, script, style } from './style.ts'

/** What the pages load: our style, and htmx as its package has it. Nothing comes from elsewhere but icons of objects. */
export const assets: FastifyPluginAsync = async app => {
  const htmx = dirname(fileURLToPath(import.meta.resolve('htmx.org/dist/htmx.min.js')))
  await app.register(fastifyStatic, { root: htmx, serve: false })
  app.get('/assets/htmx.min.js', (_request, reply) => reply.sendFile('htmx.min.js'))
  app.get('/assets/page.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script))
  app.get('/assets/page.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(style))
  app.get('/assets/icon.svg', (_request, reply) => reply.type('image/svg+xml').send(mark))
}
