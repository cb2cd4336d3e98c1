import type { CallRecord } from '../../../storage/calls/list-calls.ts'

type Form = { header: string; schemes: readonly string[] }

/** What an application accepts, for people. */
export const formOf = (header: string, schemes: readonly string[]): string =>
  `${header}: ${schemes.map(scheme => (isBare(scheme) ? 'TOKEN' : `${scheme} TOKEN`)).join(' or ')}`

type Came = { how: string; what: string; remedy: (id: string) => string }

/** The form in which a token came that is not accepted; undefined if none came, as far as can be told. */
export function otherForm({ scheme, tokenIn }: CallRecord, { header, schemes }: Form): Came | undefined {
  const takes = (name: string) => schemes.some(one => one.toLowerCase() === name.toLowerCase())
  if (scheme !== null && scheme !== 'absent' && !takes(scheme)) return inScheme(scheme, header, schemes)
  const [other] = tokenIn.filter(name => name !== header.toLowerCase())
  if (other === undefined) return undefined
  return {
    how: `in the header ${other}, not in ${header},`,
    what: `something like a token in ${tokenIn.join(', ')}`,
    remedy: id => `Set \`authorization.header\` of ${id} to ${other}`,
  }
}

function inScheme(scheme: string, header: string, schemes: readonly string[]): Came {
  const accepted = schemes.map(one => (isBare(one) ? 'without one' : one)).join(' or ')
  if (scheme === 'other')
    return {
      how: `in another scheme than ${accepted}`,
      what: `${header}: a scheme that is not a usual one`,
      remedy: id => `Add the scheme that Tracker was registered with to \`authorization.schemes\` of ${id}`,
    }
  return {
    how: isBare(scheme) ? `without a scheme, not as ${accepted},` : `as ${scheme}, not as ${accepted},`,
    what: isBare(scheme) ? `${header}: a token alone` : `${header}: ${scheme} …`,
    remedy: id => `Add ${scheme.toLowerCase() === 'bare' ? 'bare' : scheme} to \`authorization.schemes\` of ${id}`,
  }
}

const isBare = (scheme: string) => scheme.toLowerCase() === 'bare'
