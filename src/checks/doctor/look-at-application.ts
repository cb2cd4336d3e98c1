import { errorCode } from '../../errors/error-code.ts'
import { allProbes } from './all-probes.ts'
import { findings, groups, type Severity } from './catalogue.ts'
import { type Finding, groupsOf, severityOf } from './finding.ts'
import { type Ground, longestLook, type Probe, type Subject } from './probe.ts'

/** Looks at an application with all probes at once. What should be mended first is first. */
export async function lookAtApplication(
  ground: Ground,
  subject: Subject,
  probes: readonly Probe[] = allProbes,
): Promise<Finding[]> {
  const usable = probes.filter(({ needsDatabase }) => ground.database !== undefined || !needsDatabase)
  const found = await Promise.all(usable.map(probe => lookInTime(probe, ground, subject)))
  return inOrder(found.flat())
}

async function lookInTime(probe: Probe, ground: Ground, subject: Subject): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(longestLook)
  const late = Promise.withResolvers<never>()
  const giveUp = () => late.reject(signal.reason)
  signal.addEventListener('abort', giveUp)
  try {
    return await Promise.race([probe.look(ground, subject, signal), late.promise])
  } catch (error) {
    const { application } = subject
    const says = `${probe.name} could not be looked at${signal.aborted ? ' in time' : ''}`
    const next = 'Look again; if it stays so, look at that part by itself.'
    // Never its message, which may quote an answer or a secret.
    const evidence = signal.aborted
      ? [`No answer within ${longestLook / 1_000} s.`]
      : [`It failed with ${errorCode(error)}.`]
    return [{ code: 'TLK-S13', says, next, evidence, applicationId: application.id }]
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

const severities: readonly Severity[] = ['must', 'unknown', 'warning']
const codes = Object.keys(findings)
const firstOfLinks = codes.indexOf('TLK-L01')

/** One of the card that hides only changes of links is as those of links: it comes after all by which a card is not shown. */
function rank(finding: Finding): number {
  const place = codes.indexOf(finding.code)
  const isOfLinks = place < firstOfLinks && finding.groups?.includes('card') === false
  const group = groups.findIndex(one => groupsOf(finding).includes(one))
  return severities.indexOf(severityOf(finding)) * 1_000 + (isOfLinks ? firstOfLinks - 0.5 : place) + group / 100
}

/** What must be mended first and warnings last, and each in the order of the catalogue. */
export const inOrder = (found: readonly Finding[]): Finding[] => found.toSorted((one, other) => rank(one) - rank(other))
