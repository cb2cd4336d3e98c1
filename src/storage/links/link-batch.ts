import type { Queries } from '../database/queries.ts'
import type { Batch } from '../work/shared-work.ts'
import type { LinkKeys } from './link-keys.ts'

/** Who made a change, as the columns of an event hold it. */
export type EventActor = { kind: 'tracker' | 'user' | 'operator' | 'application'; login?: string; uid?: bigint }

/** The links that one call names, and the name of each, see `nameOf`. */
export type NamedLinks = { links: readonly LinkKeys[]; names: readonly string[]; actor: EventActor }

/** Calls of the same kind and the same actor, which share a statement. */
export type LinkBatch = Batch<NamedLinks>

/**
 * Changes the links of a batch and writes their events. Returns for each call its links that are new, or that were stored.
 *
 * All statements lock links in the same order, so that they cannot deadlock. A comment at the start of a statement is its
 * name in the database (see connect.ts).
 */
export type LinkStatement<Changed = LinkKeys[][]> = (
  database: Queries,
  applicationId: string,
  batch: LinkBatch,
) => Promise<Changed>

/** One for applications without moved issues: undefined if there are some, and nothing was done. */
export type PlainStatement = LinkStatement<LinkKeys[][] | undefined>

/** Each link of a batch once, and the first call that names it: only that call has created or removed it. */
export function distinctLinks(batch: LinkBatch) {
  const firstOf = new Map<string, number>()
  const links: LinkKeys[] = []
  for (const [call, change] of batch.entries()) {
    for (const [index, link] of change.links.entries()) {
      const name = change.names[index] as string
      if (firstOf.has(name)) continue
      firstOf.set(name, call)
      links.push(link)
    }
  }
  return { links, firstOf }
}

/** The parameters of every statement: $1 is the application, $2 and $3 are the keys of its links, then comes who makes the change. */
export const valuesOf = (applicationId: string, links: readonly LinkKeys[], batch: LinkBatch) => [
  applicationId,
  links.map(link => link.issueKey),
  links.map(link => link.remoteKey),
  ...actorOf(batch),
]

/** $4 to $6: the actor of a batch, as the columns of an event hold it. */
export const actorOf = ([{ actor }]: LinkBatch) => [actor.kind, actor.login ?? null, actor.uid?.toString() ?? null]

/** The keys of a link as one text. An issue key contains no space. */
export const nameOf = ({ issueKey, remoteKey }: LinkKeys): string => `${issueKey} ${remoteKey}`
