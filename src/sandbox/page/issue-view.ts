import { LRUCache } from 'lru-cache'
import { fillTemplate } from '../../application-calls/fill-template.ts'
import type { ShownObject } from '../../application-calls/shown-object.ts'
import { webAddress } from '../../web/web-address.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import type { CallRecord } from '../call-desk/call-record.ts'
import type { Application, Issue, RemoteLink } from '../world/records.ts'
import type { World } from '../world/world.ts'

/** A link of an issue with everything that its row shows. */
export type LinkView = {
  link: RemoteLink
  application: Application | undefined
  frontUrl: string | undefined
  iconUrl: string | undefined
  object: ShownObject | undefined
  /** When the application last answered with this card, if the present call failed. */
  staleSince: Date | undefined
  /** Of when the card is by the header `Age` of its answer: only a last good card has an age. */
  markedSince: Date | undefined
  /** The present entity info with its copies, then the creation of the link if the log has it. */
  calls: CallRecord[]
}

/** What is shown of a link whose application is no longer registered. */
const nothing = {
  application: undefined,
  frontUrl: undefined,
  iconUrl: undefined,
  object: undefined,
  staleSince: undefined,
  markedSince: undefined,
  calls: [],
}

/** Cards that one page asks for. */
export const cardsMost = 50

type Former = { readonly object: ShownObject; readonly at: Date }

/** Shows links, and remembers the last good cards. `nearAddress` leads from public addresses to where they are reachable. */
export type CardViewer = {
  readonly world: World
  readonly desk: CallDesk
  readonly nearAddress: (address: string) => string
  /** By application and remote key. */
  readonly lastGood: LRUCache<string, Former>
}

export const createCardViewer = (
  world: World,
  desk: CallDesk,
  nearAddress: (address: string) => string,
): CardViewer => ({ world, desk, nearAddress, lastGood: new LRUCache({ max: 1000 }) })

/** The first links of an issue with their cards: each application is asked now, as Tracker is assumed to do. */
export function viewLinks(viewer: CardViewer, issue: Issue): Promise<LinkView[]> {
  const links = viewer.world.remoteLinksOf(issue).slice(0, cardsMost)
  return Promise.all(links.map(link => viewLink(viewer, issue, link)))
}

async function viewLink(viewer: CardViewer, issue: Issue, link: RemoteLink): Promise<LinkView> {
  const { world, desk, lastGood } = viewer
  const application = world.application(link.applicationId)
  if (!application) return { ...nothing, link }
  const record = await desk.entityInfo(application, link.key, issue.key)
  const place = `${application.id} ${link.key}`
  if (record.object) lastGood.set(place, { object: record.object, at: record.at })
  const former = record.object ? undefined : lastGood.get(place)
  const object = record.object ?? former?.object
  return {
    link,
    application,
    frontUrl: fillFrontUrl(application.frontUrl, link.key),
    iconUrl: iconOf(viewer, [object?.iconUrl, application.defaultIconUrl]),
    object,
    staleSince: former?.at,
    markedSince: record.object && markedSince(record),
    calls: [...withCopies(desk, record), ...creationOf(desk, issue, link)],
  }
}

/** In whole seconds, as RFC 9111 has it. */
function markedSince({ at, milliseconds = 0, responseHeaders }: CallRecord): Date | undefined {
  const age = responseHeaders?.age ?? ''
  return /^\d{1,9}$/.test(age) ? new Date(at.getTime() + milliseconds - Number(age) * 1000) : undefined
}

/** The first of these that is a web address. */
function iconOf({ nearAddress }: CardViewer, addresses: readonly (string | undefined)[]): string | undefined {
  const [address] = addresses.flatMap(one => webAddress(one) ?? [])
  return address && webAddress(nearAddress(address))
}

/** The last creations and removals about an issue under any of its keys, the latest first. */
export function changesOf(desk: CallDesk, issue: Issue): CallRecord[] {
  const keys = [issue.key, ...issue.aliases]
  return desk.log.list(({ call, issueKey = '' }) => call !== 'entityInfo' && keys.includes(issueKey)).slice(0, 20)
}

function withCopies(desk: CallDesk, record: CallRecord): CallRecord[] {
  const copies = desk.log.list(({ copyOf }) => copyOf === record.id)
  return [desk.log.get(record.id) ?? record, ...copies.toReversed()]
}

function creationOf(desk: CallDesk, issue: Issue, link: RemoteLink): CallRecord[] {
  const keys = [issue.key, ...issue.aliases]
  const [latest] = desk.log.list(
    record =>
      record.call === 'createLink' &&
      record.copyOf === undefined &&
      record.applicationId === link.applicationId &&
      record.remoteKeys.includes(link.key) &&
      keys.includes(record.issueKey ?? ''),
  )
  return latest ? withCopies(desk, latest) : []
}

function fillFrontUrl(template: string, remoteKey: string): string | undefined {
  try {
    return fillTemplate(template, { remoteKey }, 'percent')
  } catch {
    return undefined
  }
}
