import type { Application } from '../config/schema.ts'
import type { Cards } from '../linked-objects/cards/open-cards.ts'
import type { ChangeLinks } from '../storage/links/link-changes.ts'
import type { IssueKey } from '../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { Actor } from './actor.ts'

/** What the rules of links need: a function that changes them in the database, and one that finds keys without an object. */
export type Links = { change: ChangeLinks; unknownKeys: Cards['unknownKeys'] }

/** Links that somebody wants: of one issue to objects of one application. */
export type LinkWish = {
  application: Application
  issueKey: IssueKey
  remoteKeys: readonly RemoteKey[]
  actor: Actor
  /** The caller's own name of the keys, used in faults; `remoteKeys` unless given. */
  keysName?: string
}
