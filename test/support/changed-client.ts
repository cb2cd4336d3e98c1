import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'

/** The same database, but for some of its calls: each path (`apiKey.findUnique`, `$queryRaw`) is what is given instead. */
export function changedClient(prisma: PrismaClient, calls: Record<string, unknown>): PrismaClient {
  return new Proxy(prisma, {
    get(target, name) {
      if (typeof name !== 'string') return Reflect.get(target, name)
      if (Object.hasOwn(calls, name)) return calls[name]
      const inner = Object.entries(calls).filter(([path]) => path.startsWith(`${name}.`))
      const value: unknown = Reflect.get(target, name)
      if (inner.length === 0) return value
      return {
        ...(value as object),
        ...Object.fromEntries(inner.map(([path, call]) => [path.slice(name.length + 1), call])),
      }
    },
  })
}
