import type { Application } from '../config/schema.ts'
import { addressesOf, sampleIssueKey } from './filled-addresses.ts'
import type { FindAddress } from './find-address.ts'
import { error, type Finding } from './finding.ts'

/** Keys that break naive addresses. The first five are shown on the sheet. */
export const awkwardKeys = [
  'group/project/-/merge_requests/7',
  'a b+c',
  '100%',
  'Договор № 15',
  'x&y=z?#',
  '🚀',
  '%2F',
  '1234',
  'TEST-7',
  `${'ключ/'.repeat(50)}12345`,
] as const

/** Issue keys that would merge with a digit or a letter between the two placeholders. */
const issueKeys = [sampleIssueKey, 'TEST-1147', 'A-1']

/** Checks that the server reads each awkward key back from the address that Tracker makes of the registered template. */
export function checkTemplates(application: Application, find: FindAddress, field: string): Finding[] {
  const { id, endpoints } = application
  const lost = { entityInfo: [] as string[], removeLink: [] as string[] }
  for (const key of awkwardKeys) {
    const card = find('entityInfo', addressesOf(application, key).entityInfo)
    if (card?.applicationId !== id || card.keys?.[0] !== key) lost.entityInfo.push(key)
    const isLost = issueKeys.some(issueKey => {
      const removal = find('removeLink', addressesOf(application, key, issueKey).removeLink)
      const link = removal?.applicationId === id ? removal.links?.[0] : undefined
      return link?.remoteKey !== key || link.issueKey !== issueKey
    })
    if (isLost) lost.removeLink.push(key)
  }
  const findings = Object.entries(lost)
    .filter(([, keys]) => keys.length > 0)
    .map(([call, keys]) =>
      error(
        `${field}.endpoints.${call}`,
        `Filled in, ${keys.map(shown).join(', ')} cannot be told from another key or another address`,
        'Put each key into a parameter of the query, or leave the template out to use the default.',
      ),
    )
  if (find('createLink', endpoints.createLink)?.applicationId !== id)
    findings.push(
      error(
        `${field}.endpoints.createLink`,
        'Another application answers at this address',
        'Give each application an address of its own, or leave the template out.',
      ),
    )
  return findings
}

const shown = (key: string) => `\`${key.length > 40 ? `${key.slice(0, 40)}…` : key}\``
