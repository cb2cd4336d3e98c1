import { escapeEveryByte } from '../../tracker-contract/url-template/url-literal.ts'
import { fillUrlTemplate, type UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'
import type { LinkReading } from './address-readings.ts'

/** Ways to write a key, the plainest first. No stored key looks like escaped letters by chance. */
const spellings = [
  encodeURIComponent,
  escapeEveryByte,
  (key: string) => encodeURIComponent(escapeEveryByte(key)),
] as const

/**
 * Path and query, made of one of the templates, that `read` reads as `link` but not as any other of `stored`; undefined if
 * every way to write it can mean another of them.
 */
export function findUnambiguousAddress(
  templates: readonly UrlTemplate[],
  read: (address: string) => readonly LinkReading[],
  link: LinkReading,
  stored: readonly LinkReading[],
): string | undefined {
  for (const spelling of spellings) {
    for (const template of templates) {
      const address = fillUrlTemplate(template, link, spelling)
        // Literal text of a template may be Cyrillic; an address that a person copies is ASCII.
        .replace(/\P{ASCII}+/gu, encodeURIComponent)
      const meant = read(address).filter(reading => stored.some(one => isSame(one, reading)) || isSame(link, reading))
      if (meant.length === 1 && isSame(meant[0] as LinkReading, link)) return address
    }
  }
  return undefined
}

function isSame(one: LinkReading, other: LinkReading): boolean {
  return one.issueKey === other.issueKey && one.remoteKey === other.remoteKey
}
