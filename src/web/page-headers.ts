import type { FastifyReply } from 'fastify'

/** What a page may load and call, as values of CSP directives. What is left out is forbidden. */
export type PageSources = Partial<
  Record<'script-src' | 'style-src' | 'img-src' | 'connect-src' | 'form-action', string>
>

/** A `content-security-policy`. No page of ours may be framed, or have its relative addresses changed by a `<base>`. */
export function contentSecurityPolicy(sources: PageSources): string {
  const directives = {
    'default-src': "'none'",
    'form-action': "'none'",
    ...sources,
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
  }
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}

/** The headers of everything that a site of pages answers. */
export const pageHeaders = (sources: PageSources) => ({
  'content-security-policy': contentSecurityPolicy(sources),
  'x-content-type-options': 'nosniff',
  // Other sites, such as those of icons, are not told the address; our own forms keep their Origin.
  'referrer-policy': 'same-origin',
})

/** Pages show what is so now: no cache may keep them. */
export function sendHtml(reply: FastifyReply, html: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html)
}
