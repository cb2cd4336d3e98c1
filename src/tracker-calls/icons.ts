import { hash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../config/schema.ts'
import { iconNames } from '../config/schemas/card-making-schema.ts'
import { isKnown } from '../values/etag.ts'
import { drawIcon } from './icon-drawings.ts'
import { checkRequest } from './request-rules.ts'

/** Seconds: a week, and no longer, because the address names no version and a newer program may draw an icon better. */
const maxAge = 7 * 24 * 60 * 60

type Request = { url?: string | undefined; method?: string | undefined }

/**
 * Maps the address of a built-in icon, `/PATH/icons/NAME.svg` of an application, to its route, `/icons/NAME.svg`; undefined for
 * any other address. Every card passes here, so an address that does not end in `.svg` costs one comparison.
 */
export function routeIcons(applications: Iterable<Application>): (request: Request) => string | undefined {
  const routes = new Map<string, string>()
  for (const { path } of applications)
    for (const name of iconNames) routes.set(`/${path}/icons/${name}.svg`, `/icons/${name}.svg`)
  return ({ url, method }) =>
    url?.endsWith('.svg') && (method === 'GET' || method === 'HEAD') ? routes.get(url) : undefined
}

/** The built-in icons. Anybody may ask: the browser that shows an issue loads the icons of its cards, and has no token. */
export const icons: FastifyPluginAsync = async app => {
  app.addHook('onRequest', checkRequest)
  for (const name of iconNames) {
    const { style, svg } = drawIcon(name)
    const etag = `"${hash('sha1', svg, 'base64url')}"`
    const headers = {
      'cache-control': `public, max-age=${maxAge}`,
      etag,
      // An SVG that is opened by itself is a page: this one may use its own style, and nothing else.
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'`,
      'cross-origin-resource-policy': 'cross-origin',
    }
    app.get(`/icons/${name}.svg`, (request, reply) => {
      reply.headers(headers)
      if (isKnown(request.headers['if-none-match'], etag)) reply.code(304).send()
      else reply.type('image/svg+xml; charset=utf-8').send(svg)
    })
  }
}
