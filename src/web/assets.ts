import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { iconMark } from './mark.ts'
import { baseStyle } from './style.ts'

/** What the pages of one site add: style after the base style, and a script. */
export type AssetOptions = { style: string; script: string }

/** The files that `layout` names: style, script, icon, and htmx from its package. Pages load no code from elsewhere. */
export const assets: FastifyPluginAsync<AssetOptions> = async (app, { style, script }) => {
  const htmx = dirname(fileURLToPath(import.meta.resolve('htmx.org/dist/htmx.min.js')))
  await app.register(fastifyStatic, { root: htmx, serve: false })
  const sheet = baseStyle + style
  app.get('/assets/htmx.min.js', (_request, reply) => reply.sendFile('htmx.min.js'))
  app.get('/assets/page.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script))
  app.get('/assets/page.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(sheet))
  app.get('/assets/icon.svg', (_request, reply) => reply.type('image/svg+xml').send(iconMark))
}
