import { triggersAddress } from '../../config/schemas/triggers-schema.ts'
import type { Fault } from '../../errors/problem.ts'
import type { TrackerCall } from '../../tracker-contract/tracker-call.ts'
import { type KeyReadings, type LinkReading, type LinkReadings, readLinks, readRemoteKeys } from './address-readings.ts'
import { callOfMethod } from './call-of-method.ts'
import { matchTemplate } from './match-template.ts'
import { nearestTemplate } from './nearest-template.ts'
import { readRequestTarget } from './request-target.ts'
import { prepareRouting, type RoutedAddress } from './route-address.ts'
import { noticeOf, type Route, type RoutedApplication, readRoutes, trackerCalls } from './routes.ts'
import { findUnambiguousAddress } from './unambiguous-address.ts'

/**
 * Whose an address is and what it says, the likeliest reading first, at least one; or why it holds no valid key (not to be
 * said before the caller is known to have access).
 */
export type Match = {
  entityInfo: { applicationId: string } & KeyReadings
  createLink: { applicationId: string }
  removeLink: { applicationId: string } & LinkReadings
}

/** All templates of all applications. `rawUrl` is a request target as Node's HTTP server gives it (`req.url`). */
export type AddressBook = {
  /** What the address says as this call; undefined if no application answers it. Never throws. */
  find: <Call extends TrackerCall>(call: Call, rawUrl: string) => Match[Call] | undefined
  /** The calls that the address answers: for 405 and `Allow`. */
  callsAt: (rawUrl: string) => TrackerCall[]
  /** The application whose triggers call the address. */
  triggersAt: (rawUrl: string) => string | undefined
  /** The template that an address which nobody answers was probably meant to fit, if one is similar. */
  nearest: (rawUrl: string) => string | undefined
  /**
   * Path and query of a removal that can be read as `link` but not as any other of `stored`, the stored links among the
   * readings of an ambiguous address; undefined if there is none.
   */
  unambiguousAddress: (applicationId: string, link: LinkReading, stored: readonly LinkReading[]) => string | undefined
}

/**
 * Builds the address book of all applications. `faults` are wrong templates, and templates of two applications that one
 * address could match (`field` as `applications/0/endpoints/entityInfo`); `notices` name the keys that are out of reach
 * because something else answers there.
 */
export function buildAddressBook(applications: readonly RoutedApplication[]): {
  book: AddressBook
  faults: Fault[]
  notices: string[]
} {
  const { routes, faults, notices } = readRoutes(applications)
  const book = openAddressBook(routes, triggerAddresses(applications))
  return {
    book,
    faults: [...faults, ...triggerFaults(routes.createLink, applications)],
    notices: [...notices, ...ownNotices(routes.entityInfo, applications)],
  }
}

/** The application that a request is for, by its method and address alone. */
export function applicationsOf(book: AddressBook) {
  return ({ method = '', url = '' }: { method?: string | undefined; url?: string | undefined }) => {
    const call = callOfMethod[method]
    return (call && book.find(call, url)?.applicationId) ?? (takesTriggers(method) ? book.triggersAt(url) : undefined)
  }
}

/** Whether a trigger may call by this method. */
export const takesTriggers = (method: string | undefined): boolean => method === 'POST' || method === 'PUT'

/** What the address book looks addresses up in. */
type Routing = {
  route: Readonly<Record<TrackerCall, (address: string) => RoutedAddress | undefined>>
  /** The templates of removals, by application. */
  removals: ReadonlyMap<string, readonly Route[]>
}

function openAddressBook(
  routes: Record<TrackerCall, readonly Route[]>,
  triggers: ReadonlyMap<string, string>,
): AddressBook {
  const routing: Routing = {
    route: {
      entityInfo: prepareRouting(routes.entityInfo),
      createLink: prepareRouting(routes.createLink),
      removeLink: prepareRouting(routes.removeLink),
    },
    removals: Map.groupBy(routes.removeLink, ({ applicationId }) => applicationId),
  }
  const find: AddressBook['find'] = (call, rawUrl) => {
    const address = readRequestTarget(rawUrl)
    return address === undefined ? undefined : readAs[call](routing, address)
  }
  return {
    find,
    nearest: rawUrl => nearestTemplate(Object.values(routes).flat(), rawUrl),
    callsAt: rawUrl => trackerCalls.filter(call => find(call, rawUrl) !== undefined),
    triggersAt: rawUrl => {
      if (triggers.size === 0 || !rawUrl.includes('/triggers')) return undefined
      const [path = ''] = (readRequestTarget(rawUrl) ?? '').split('?', 1)
      return triggers.get(path.endsWith('/') ? path.slice(0, -1) : path)
    },
    unambiguousAddress: (applicationId, link, stored) => {
      const templates = removalsOf(routing, applicationId).map(({ template }) => template)
      const read = (address: string) => {
        const match = find('removeLink', address)
        return match?.applicationId === applicationId ? (match.links ?? []) : []
      }
      return findUnambiguousAddress(templates, read, link, stored)
    },
  }
}

const readAs: { [Call in TrackerCall]: (routing: Routing, address: string) => Match[Call] | undefined } = {
  entityInfo: ({ route }, address) => {
    const routed = route.entityInfo(address)
    return (
      routed && { applicationId: routed.route.applicationId, ...readRemoteKeys(routed.route.template, routed.match) }
    )
  },
  createLink: ({ route }, address) => {
    const routed = route.createLink(address)
    return routed && { applicationId: routed.route.applicationId }
  },
  removeLink: (routing, address) => {
    const routed = routing.route.removeLink(address)
    if (routed === undefined) return undefined
    const { applicationId } = routed.route
    const matched = removalsOf(routing, applicationId).flatMap(other => matchAgain(other, routed, address))
    return { applicationId, ...readLinks(matched) }
  },
}

const removalsOf = ({ removals }: Routing, applicationId: string) => removals.get(applicationId) ?? []

const matchedOf = ({ route, match }: RoutedAddress) => ({ template: route.template, match })

/** An address of a removal is read by every template of its application. */
function matchAgain(other: Route, routed: RoutedAddress, address: string) {
  if (other === routed.route) return [matchedOf(routed)]
  const match = matchTemplate(other.template, address)
  return match === undefined ? [] : [{ template: other.template, match }]
}

/** The applications that take triggers, by the address. */
const triggerAddresses = (applications: readonly RoutedApplication[]) =>
  new Map(applications.flatMap(({ id, path, triggers }) => (triggers && path ? [[triggersAddress(path), id]] : [])))

/** A trigger and the creation of a link are both a POST: they cannot share an address. */
function triggerFaults(creations: readonly Route[], applications: readonly RoutedApplication[]): Fault[] {
  return applications.flatMap(({ path, triggers }, index) => {
    if (!triggers || path === undefined) return []
    const taken = creations.find(({ template }) => matchTemplate(template, triggersAddress(path)) !== undefined)
    if (taken === undefined) return []
    return [
      {
        field: `applications/${index}/triggers`,
        rule: `\`${triggersAddress(path)}\` is the address of the create link call of ${taken.applicationId} (${taken.field})`,
        hint: 'Give that call another address, or this application another `path`.',
      },
    ]
  })
}

/** Keys that are out of reach because this server answers there itself. */
function ownNotices(routes: readonly Route[], applications: readonly RoutedApplication[]): string[] {
  const own = applications.flatMap(({ path }) => (path === undefined ? [] : [`/${path}/icons/open.svg`]))
  return routes.flatMap(route => [
    ...noticeAt(route, '/health', 'this server answers its health there'),
    ...own.flatMap(address =>
      noticeAt(route, address, 'this server answers its built-in icons there, this one and others'),
    ),
  ])
}

function noticeAt(route: Route, address: string, reason: string): string[] {
  const key = matchTemplate(route.template, address)?.captured[0]?.remoteKey
  return key === undefined ? [] : [noticeOf(route, `the key \`${key}\``, reason)]
}
