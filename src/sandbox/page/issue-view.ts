import { fillTemplate } from '../../application-calls/fill-template.ts'
import type { ShownObject } from '../../application-calls/shown-object.ts'
import { webAddress } from '../../web/web-address.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import type { CallRecord } from '../call-desk/call-record.ts'
import type { Application, Issue, RemoteLink } from '../world/records.ts'
import type { World } from '../world/world.ts'

/** A link of an issue with all that its row shows. */
export type LinkView = {
  link: RemoteLink
  application: Application | undefined
  frontUrl: string | undefined
  iconUrl: string | undefined
  object: ShownObject | undefined
  /** When the application last answered with this card, if it did not now. */
  staleSince: Date | undefined
  /** The entity info of now with its copies, then the creation of the link, if the log has it. */
  calls: CallRecord[]
}

/** What is shown of a link whose application is not registered any more. */
const nothing = {
  application: undefined,
  frontUrl: undefined,
  iconUrl: undefined,
  object: undefined,
  staleSince: undefined,
  calls: [],
}

/** Cards that are asked for at once. */
export const cardsMost = 50

/** The links of an issue with their cards: each application is asked now, as Tracker is taken to do. */
export function createIssueViewer(world: World, desk: CallDesk, nearAddress: (address: string) => string) {
  const lastGood = new Map<string, { object: ShownObject; at: Date }>()

  async function view(issue: Issue, link: RemoteLink): Promise<LinkView> {
    const application = world.application(link.applicationId)
    if (!application) return { ...nothing, link }
    const record = await desk.entityInfo(application, link.key, issue.key)
    const place = `${application.id} ${link.key}`
    if (record.object) {
      lastGood.delete(place)
      lastGood.set(place, { object: record.object, at: record.at })
      if (lastGood.size > 1000) lastGood.delete(lastGood.keys().next().value as string)
    }
    const former = record.object ? undefined : lastGood.get(place)
    const object = record.object ?? former?.object
    return {
      link,
      application,
      frontUrl: fillFrontUrl(application.frontUrl, link.key),
      iconUrl: iconOf([object?.iconUrl, application.defaultIconUrl]),
      object,
      staleSince: former?.at,
      calls: [...withCopies(desk, record), ...creationOf(desk, issue, link)],
    }
  }

  /** The first that is an address of the web. */
  function iconOf(addresses: readonly (string | undefined)[]): string | undefined {
    const [address] = addresses.flatMap(one => webAddress(one) ?? [])
    return address && webAddress(nearAddress(address))
  }

  return {
    links: (issue: Issue): Promise<LinkView[]> =>
      Promise.all(
        world
          .remoteLinksOf(issue)
          .slice(0, cardsMost)
          .map(link => view(issue, link)),
      ),
    /** The last creations and removals about an issue under any of its keys, the latest first. */
    changes: (issue: Issue): CallRecord[] =>
      desk.log
        .list(({ call, issueKey = '' }) => call !== 'entityInfo' && [issue.key, ...issue.aliases].includes(issueKey))
        .slice(0, 20),
  }
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
