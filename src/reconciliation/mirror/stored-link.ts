import type { MirrorState, StoredMirror } from '../../storage/mirror/mirrored-links.ts'
import type { Claimed } from '../../storage/work/claims.ts'
import { claim, type FailureCode, type MirroredLink } from './protocol.ts'

/** A row as the protocol knows it. */
export const linkOfRow = (row: StoredMirror): MirroredLink => ({ ...linkOf(row), dueIn: row.dueIn ?? undefined })

/** A row that was claimed, as a worker knows it; what `claim` stores was stored by the statement that claimed it. */
export const linkOfClaim = (row: Claimed<'link_mirror'>): MirroredLink =>
  claim({ ...linkOf({ ...row, leaseToken: row.formerToken }), dueIn: 0 }, row.leaseToken).claimed

const linkOf = (row: Omit<MirrorState, 'dueIn'> & { leaseToken: string | null }): Omit<MirroredLink, 'dueIn'> => ({
  wanted: row.wanted,
  generation: row.generation,
  agreed: row.agreed ?? undefined,
  agreedGeneration: row.agreedGeneration,
  remoteLinkId: row.remoteLinkId ?? undefined,
  inDoubt: row.inDoubt,
  attempts: row.attempts,
  // Only the protocol's own codes are ever stored.
  lastError:
    row.lastError === null ? undefined : { code: row.lastError as FailureCode, detail: row.lastErrorDetail ?? '' },
  leaseToken: row.leaseToken ?? undefined,
})

/** What is stored of a link. */
export const rowOfLink = (link: MirroredLink): MirrorState => ({
  wanted: link.wanted,
  generation: link.generation,
  agreed: link.agreed ?? null,
  agreedGeneration: link.agreedGeneration,
  remoteLinkId: link.remoteLinkId ?? null,
  inDoubt: link.inDoubt,
  attempts: link.attempts,
  dueIn: link.dueIn ?? null,
  lastError: link.lastError?.code ?? null,
  lastErrorDetail: link.lastError?.detail ?? null,
})
