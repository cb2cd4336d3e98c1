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
  const starts = new Map(routes.map(({ template }) => [partsOf(template.path.start.text).join('/'), template.shown]))
  const lengths = new Set([...starts.keys()].map(start => start.split('/').length))
  const asked = partsOf(path)
  for (const parts of [asked, ['', ...asked.slice(2)]]) {
    // Longer starts first: they say more.
    for (const length of [...lengths].sort((one, other) => other - one)) {
      const alike = [...starts.keys()].filter(start => start.split('/').length === length)
      const near = nearestName(parts.slice(0, length).join('/'), alike)
      if (near) return starts.get(near)
    }
  }
  return undefined
}

/** No template begins with so much. */
const mostCharacters = 1_000

/** Behind the last slash of a start stands a key. */
const partsOf = (text: string) => text.replace(/\/$/, '').split('/')
