import { matchTemplate, type TemplateMatch } from './match-template.ts'
import type { Route } from './routes.ts'

export type RoutedAddress = { route: Route; match: TemplateMatch }

/**
 * Prepares the routes of a call, the longest literal start first, to find the one to which an address belongs: the first
 * that matches path and query; if none does, the first whose template matches as one text.
 */
export function prepareRouting(routes: readonly Route[]): (address: string) => RoutedAddress | undefined {
  const segments = routes.map(firstSegment)
  const anywhere = routes.filter((_, index) => segments[index] === undefined)
  const bySegment = new Map(
    segments.map(segment => [
      segment,
      routes.filter((_, index) => segments[index] === segment || segments[index] === undefined),
    ]),
  )
  return address => {
    const segment = segmentOf(address)
    return bestRoute(segment === undefined ? routes : (bySegment.get(segment) ?? anywhere), address)
  }
}

function bestRoute(routes: readonly Route[], address: string): RoutedAddress | undefined {
  let literally: RoutedAddress | undefined
  let short: RoutedAddress | undefined
  for (const route of routes) {
    const match = matchTemplate(route.template, address)
    if (match === undefined) continue
    if (match.rank === 'whole') return { route, match }
    if (match.rank === 'literally') literally ??= { route, match }
    else short ??= { route, match }
  }
  return literally ?? short
}

/** The first path segment of every address of a route; undefined if a key is in it. */
function firstSegment(route: Route): string | undefined {
  const { start, keys } = route.template.path
  const end = start.text.indexOf('/', 1)
  if (end > 0) return start.text.slice(1, end)
  return keys.length === 0 ? start.text.slice(1) : undefined
}

/** The first path segment of an address; undefined if an escape in it may be a slash. */
function segmentOf(address: string): string | undefined {
  let end = address.indexOf('/', 1)
  if (end < 0) end = address.length
  const mark = address.indexOf('?')
  const segment = address.slice(1, mark < 0 || mark > end ? end : mark)
  return segment.includes('%') ? undefined : segment
}
