import { forwardedCalls } from '../../../storage/calls/forwarded-calls.ts'
import { momentText } from '../moment-text.ts'
import type { Probe } from '../probe.ts'

/** The last calls that are looked at, and days after which they tell nothing. */
const recent = { calls: 20, days: 7 }

/**
 * Whether calls come through a proxy that the server does not know. Then all callers have one address and share the rate of
 * unknown tokens: one who tries tokens keeps out users whose token was not seen before.
 */
export const proxyProbe: Probe = {
  name: 'the proxy in front of the server',
  needsDatabase: true,
  look: async ({ database, trustedProxies, now: clock }, { application: { id, authorization }, ...link }) => {
    if (database === undefined || authorization.kind !== 'user' || trustedProxies.length > 0) return []
    const now = clock()
    const since = new Date(now - recent.days * 24 * 60 * 60_000)
    const { calls, forwarded, last } = await forwardedCalls(database, id, { since, limit: recent.calls })
    if (last === null) return []
    return [
      {
        code: 'TLK-C43',
        says: `calls come through a proxy that TRUSTED_PROXIES does not name, the last one at ${momentText(last, now)}`,
        next: 'Set TRUSTED_PROXIES to the address or network of the proxy, such as TRUSTED_PROXIES=10.0.0.0/8, and restart.',
        evidence: [
          `${forwarded} of the last ${calls} calls have the header X-Forwarded-For`,
          'all callers behind it share one rate of unknown tokens',
        ],
        applicationId: id,
        ...link,
      },
    ]
  },
}
