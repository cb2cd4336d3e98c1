import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../errors/problem.ts'

/**
 * Answers calls to unknown addresses of the admin port, 404 `no-such-endpoint`, and calls with a method that the address does
 * not take, 405 `method-not-allowed`. Register it before the endpoints.
 */
export function answerUnknownAddresses(app: FastifyInstance): void {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    methodsOf.set(url, methods)
    for (const one of [method].flat()) methods.add(one)
  })
  // Before the body is looked at, which may be of any form.
  app.addHook('onRequest', async ({ is404, url, method }: FastifyRequest) => {
    if (!is404) return
    const [address = ''] = url.split('?')
    const allowed = [...methodsOf].filter(([route]) => fits(route, address)).flatMap(([, methods]) => [...methods])
    if (allowed.length === 0)
      throw new Problem('no-such-endpoint', 'Nothing of the management API answers at this address.')
    const allow = [...new Set(allowed)].join(', ')
    throw new Problem('method-not-allowed', `This address does not answer ${method}.`, { headers: { allow } })
  })
}

/** Whether an address fits a route: a parameter takes any one segment. */
function fits(route: string, address: string): boolean {
  const [parts, segments] = [route.split('/'), address.split('/')]
  return (
    parts.length === segments.length &&
    parts.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  )
}
