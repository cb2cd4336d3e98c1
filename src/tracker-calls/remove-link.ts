import type { FastifyPluginAsync, FastifyRequest, onRequestHookHandler } from 'fastify'
import { Problem } from '../errors/problem.ts'
import { type Found, findMove, type MoveSearch } from '../links/find-moves.ts'
import type { Links } from '../links/links.ts'
import { type Removal, removeInTracker } from '../links/remove-link.ts'
import { callFields } from '../logging/call.ts'
import type { Logger } from '../logging/logger.ts'
import { inFlight } from '../overload/calls-in-flight.ts'
import type { Load } from '../overload/front.ts'
import type { LinkKeys } from '../storage/links/link-keys.ts'
import type { RemoveRenamed } from '../storage/objects/remove-renamed.ts'
import type { AddressBook } from './addresses/address-book.ts'
import { badKeys, type Gate } from './admission.ts'

type Options = {
  gate: Gate<'removeLink'>
  links: Links
  removeRenamed: RemoveRenamed
  addresses: AddressBook
  load: Load
  log: Logger
  moves: MoveSearch
}

// Fastify refuses a content type that it cannot read even without a body; here none matters.
const takesAnyContentType: onRequestHookHandler = (request, _reply, done) => {
  delete request.raw.headers['content-type']
  done()
}

/**
 * Remove link: Tracker tells that the link of an issue and an object was removed (`removeLinkUrl`).
 * 204 whether it existed or not (the log says which; if its issue may have been moved, Tracker is asked first), 409 if the address can be read as several stored links.
 */
export const removeLink: FastifyPluginAsync<Options> = async (app, options) => {
  const { gate, links, removeRenamed, addresses, load, log, moves } = options
  const changes = { change: links.change, removeRenamed }
  app.delete('/', { onRequest: [gate.admit, takesAnyContentType] }, async (request, reply) => {
    const admission = gate.admitted(request)
    const { application, actor, match } = admission
    if (match.refusal) throw badKeys(match.refusal)
    const wish = { applicationId: application.id, readings: match.links, actor }
    const remove = () => inFlight(load.changes, application.id, removeInTracker(changes, wish))
    let removal = await remove()
    const found = removal.outcome === 'absent' ? await findMove(moves, application, match.links) : undefined
    if (found === 'moved') removal = await remove()
    if (removal.outcome === 'ambiguous')
      throw ambiguous(removal.links, link => addresses.unambiguousAddress(application.id, link, removal.links))
    if (removal.outcome === 'removed') admission.taken = removal.link.remoteKey
    logRemoval(log, request, { application: application.id, removal, found, asked: match.links[0] })
    reply.code(204).send()
  })
}

type Outcome = { application: string; removal: Removal; found: Found | undefined; asked: LinkKeys | undefined }

function logRemoval(log: Logger, request: FastifyRequest, { application, removal, found, asked }: Outcome): void {
  const about = callFields(request)
  if (removal.outcome === 'removed') {
    const { link, formerKey } = removal
    log.info({ ...about, ...link, ...(formerKey !== undefined && { formerKey }) }, 'link removed')
  } else if (found === 'unresolved')
    log.warn(
      { ...about, application, ...asked },
      'no such link: its issue may have been moved, and Tracker gave no answer in time; a reconciliation will tell',
    )
  else log.info({ ...about, ...asked, found }, 'no such link, nothing to remove')
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
