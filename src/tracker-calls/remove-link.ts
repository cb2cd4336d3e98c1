import type { FastifyPluginAsync, onRequestHookHandler } from 'fastify'
import { Problem } from '../errors/problem.ts'
import type { Links } from '../links/links.ts'
import { removeLink as removeStoredLink } from '../links/remove-link.ts'
import { callFields } from '../logging/call.ts'
import { inFlight } from '../overload/calls-in-flight.ts'
import type { Load } from '../overload/front.ts'
import type { LinkKeys } from '../storage/links/link-keys.ts'
import type { AddressBook } from './addresses/address-book.ts'
import { badKeys, type Gate } from './admission.ts'

type Options = { gate: Gate<'removeLink'>; links: Links; addresses: AddressBook; load: Load }

// Fastify refuses a content type that it cannot read even without a body; here none matters.
const takesAnyContentType: onRequestHookHandler = (request, _reply, done) => {
  delete request.raw.headers['content-type']
  done()
}

/**
 * Remove link: Tracker tells that the link of an issue and an object was removed (`removeLinkUrl`).
 * 204 whether it existed or not (the log says which), 409 if the address can be read as several stored links.
 */
export const removeLink: FastifyPluginAsync<Options> = async (app, { gate, links, addresses, load }) => {
  app.delete('/', { onRequest: [gate.admit, takesAnyContentType] }, async (request, reply) => {
    const admission = gate.admitted(request)
    const { application, actor, match } = admission
    if (match.refusal) throw badKeys(match.refusal)
    const wish = { applicationId: application.id, readings: match.links, actor }
    const removal = await inFlight(load.changes, application.id, removeStoredLink(links.change, wish))
    if (removal.outcome === 'ambiguous')
      throw ambiguous(removal.links, link => addresses.unambiguousAddress(application.id, link, removal.links))

    if (removal.outcome === 'removed') admission.taken = removal.link.remoteKey
    if (removal.outcome === 'removed') request.log.info({ ...callFields(request), ...removal.link }, 'link removed')
    else request.log.info({ ...callFields(request), ...match.links[0] }, 'no such link, nothing to remove')
    reply.code(204).send()
  })
}

function ambiguous(stored: readonly LinkKeys[], addressOf: (link: LinkKeys) => string | undefined): Problem {
  const faults = stored.map(link => {
    const address = addressOf(link)
    return {
      field: 'address',
      rule: `must name one stored link; it can be read as ${link.issueKey} and ${JSON.stringify(link.remoteKey)}`,
      hint: address
        ? `To remove this link, call DELETE ${address}`
        : 'Remove this link with `tracker-links links remove`.',
    }
  })
  return new Problem('link-ambiguous', `${stored.length} stored links fit the address.`, { faults })
}
