import { nearestName } from '../../config/nearest-name.ts'
import type { UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'
import { readRequestTarget } from './request-target.ts'

type Known = { template: UrlTemplate }

/**
 * The template that an address was probably meant to fit, which fits none: its path begins almost as the template does, perhaps
 * behind a part that a proxy added. Undefined if none is similar.
 */
export function nearestTemplate(routes: readonly Known[], rawUrl: string): string | undefined {
  const path = readRequestTarget(rawUrl)?.split('?', 1)[0]
  if (path === undefined || path.length > mostCharacters) return undefined
  const starts = new Map(routes.map(({ template }) => [template.path.start.text, template.shown]))
  const parts = path.split('/')
  for (const asked of [parts, ['', ...parts.slice(2)]]) {
    // Longer starts first: they say more.
    for (const length of lengthsOf(starts.keys())) {
      const name = asked.slice(0, length).join('/')
      const near = nearestName(
        name,
        [...starts.keys()].filter(start => partsOf(start) === length),
      )
      if (near !== undefined && near.length > 1) return starts.get(near)
    }
  }
  return undefined
}

/** No template begins with so much. */
const mostCharacters = 1_000

const partsOf = (start: string) => start.split('/').length
const lengthsOf = (starts: Iterable<string>) => [...new Set([...starts].map(partsOf))].sort((one, other) => other - one)
