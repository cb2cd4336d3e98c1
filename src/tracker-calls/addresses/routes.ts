import type { Fault } from '../../errors/problem.ts'
import type { TrackerCall } from '../../tracker-contract/tracker-call.ts'
import { parseUrlTemplate, type UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'
import { keysOutOfReach } from './keys-out-of-reach.ts'
import { canMeet } from './template-overlap.ts'

/** What routing knows of an application. */
export type RoutedApplication = {
  id: string
  /** First segment of the addresses of its icons and its triggers. */
  path?: string
  /** Whether it takes triggers. */
  triggers?: object | undefined
  endpoints: { entityInfo: string; createLink: string; removeLink: readonly string[] }
}

/** A template of an application, and where the configuration holds it. */
export type Route = { applicationId: string; field: string; call: TrackerCall; template: UrlTemplate }

export const trackerCalls: readonly TrackerCall[] = ['entityInfo', 'createLink', 'removeLink']

/** The templates of each call, the longest literal start first, with their faults and with notices for the owner. */
export function readRoutes(applications: readonly RoutedApplication[]): {
  routes: Record<TrackerCall, readonly Route[]>
  faults: Fault[]
  notices: string[]
} {
  const faults = new Map<string, Fault>()
  const notices = new Set<string>()
  const routesOf = (call: TrackerCall) => {
    const routes = applications.flatMap((application, index) =>
      [application.endpoints[call]].flat().flatMap(text => {
        const field = `applications/${index}/endpoints/${call}`
        const template = parseUrlTemplate(text, call)
        if (!Array.isArray(template)) return [{ applicationId: application.id, field, call, template }]
        for (const fault of template) faults.set(`${field} ${fault.rule}`, { ...fault, field })
        return []
      }),
    )
    compareRoutes(routes, faults, notices)
    return routes.sort((one, other) => startOf(other).length - startOf(one).length)
  }
  const routes = {
    entityInfo: routesOf('entityInfo'),
    createLink: routesOf('createLink'),
    removeLink: routesOf('removeLink'),
  }
  return { routes, faults: [...faults.values()], notices: [...notices] }
}

const startOf = (route: Route) => route.template.path.start.text

/**
 * Templates of one application may match the same address, which is then read by all of them. Those of two applications may
 * not, unless one start is longer.
 */
function compareRoutes(routes: readonly Route[], faults: Map<string, Fault>, notices: Set<string>): void {
  for (const [index, route] of routes.entries()) {
    for (const earlier of routes.slice(0, index)) {
      if (earlier.applicationId === route.applicationId || !canMeet(earlier.template, route.template)) continue
      if (isEqualStart(route, earlier)) {
        // Two applications have three default removals each: without this, one mistake would be nine faults.
        const name = `${route.field} ${earlier.field}`
        if (!faults.has(name)) faults.set(name, overlapFault(route, earlier))
        continue
      }
      const [shorter, longer] = startOf(route).length > startOf(earlier).length ? [earlier, route] : [route, earlier]
      const keys = keysOutOfReach(shorter.template, longer.template)
      if (keys !== undefined) notices.add(noticeOf(shorter, keys, `${longer.applicationId} answers there`))
    }
  }
}

/** Two paths without keys that match the same address are one path, with or without a slash at the end. */
function isEqualStart(one: Route, other: Route): boolean {
  const keys = [...one.template.path.keys, ...other.template.path.keys]
  return startOf(one).length === startOf(other).length || keys.length === 0
}

function overlapFault(route: Route, earlier: Route): Fault {
  return {
    field: route.field,
    rule: `An address of it could as well be one of ${earlier.applicationId} (${earlier.field})`,
    hint: 'Begin the two differently (another `path`), or tell them apart by a parameter such as app=crm.',
  }
}

/** A sentence for the owner about keys for which a template cannot be asked. */
export function noticeOf(route: Route, keys: string, reason: string): string {
  return `${route.applicationId}: ${route.call} ${route.template.shown} cannot be asked for ${keys}: ${reason}`
}
