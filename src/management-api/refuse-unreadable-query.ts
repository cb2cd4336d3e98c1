import type { FastifyRequest } from 'fastify'
import { invalidInput } from '../errors/problem.ts'

/**
 * A hook that refuses a query that is not percent-encoded UTF-8: the parser would leave it undecoded, and take `%FF` for a
 * key of three characters. Throws Problem `parameter-invalid`.
 */
export async function refuseUnreadableQuery({ url }: FastifyRequest): Promise<void> {
  const start = url.indexOf('?')
  if (start < 0 || !url.includes('%', start)) return
  const unreadable = url
    .slice(start + 1)
    .split('&')
    .find(part => !isReadable(part))
  if (unreadable === undefined) return
  const [name = ''] = unreadable.split('=')
  const field = isReadable(name) ? decodeURIComponent(name) : 'query'
  const rule = 'must be UTF-8, percent-encoded'
  const hint = 'Encode the value as encodeURIComponent does: a percent sign itself is %25.'
  throw invalidInput('parameter-invalid', [{ field, rule, hint }])
}

function isReadable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
