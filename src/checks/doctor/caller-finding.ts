import type { CallStretch } from '../../storage/calls/call-stretch.ts'
import { type CallerCalls, callAt } from '../../storage/calls/caller-calls.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { asEscape, steering } from '../../values/shell-word.ts'
import { callText } from './call-text.ts'
import { type BadCaller, isByHand, judgeCallers } from './callers.ts'
import type { FindingCode } from './catalogue.ts'
import type { Finding } from './finding.ts'
import { momentText } from './moment-text.ts'

/** Bad calls of one caller. `isByHand`: by a program that people use. `others`: who else was accepted, in a line. */
export type CallsOfCaller = CallStretch & { name: string; isByHand: boolean; others: string[] }

/** Of all who called: the bad calls of Tracker, and those of somebody else. Their records are of `recordsOf`. */
export async function callsByCaller(
  database: Queries,
  callers: readonly CallerCalls[],
  { recordsOf, now }: { recordsOf: string; now: number },
): Promise<{ tracker: CallsOfCaller | undefined; stray: CallsOfCaller | undefined }> {
  const { tracker, stray } = judgeCallers(callers, now)
  const read = async (one: BadCaller | undefined) => {
    const last = one && (await callAt(database, recordsOf, one.bad))
    if (!last) return undefined
    const { firstAt, calls } = one.bad
    const others = callers.filter(other => other !== one)
    return {
      name: nameOf(one),
      isByHand: isByHand(one),
      first: { at: firstAt },
      last,
      calls,
      otherwiseAt: one.goodAt,
      others: othersText(others, now),
    }
  }
  const [ofTracker, ofStray] = await Promise.all([read(tracker), read(stray)])
  return { tracker: ofTracker, stray: ofStray }
}

/** A few words on calls that are hardly Tracker's. `what`: `is refused`. */
export function strayFinding(
  { name, isByHand, first, last, others, calls }: CallsOfCaller,
  { code, what, applicationId, now }: { code: FindingCode; what: string; applicationId: string; now: number },
): Finding {
  const list = applicationId === last.applicationId ? `--application ${applicationId}` : '--unknown'
  return {
    code,
    says: `${name}, hardly Tracker, ${what} since ${momentText(first.at, now)}`,
    next: `tracker-links calls list ${list}`,
    evidence: [
      callText(last, now),
      `${calls} ${calls === 1 ? 'call' : 'calls'} of ${name} so far, all of them like that`,
      ...others,
      ...(isByHand
        ? []
        : ['if it is Tracker, under another name: after ten minutes of such calls its failure is told']),
    ],
    applicationId,
    since: first.at,
  }
}

const nameOf = ({ caller }: CallerCalls) =>
  caller === '' ? 'a caller without user agent' : caller.slice(0, 40).replace(steering, asEscape)

/** Who else had calls that were accepted; the latest first, and a few only. */
function othersText(others: readonly CallerCalls[], now: number): string[] {
  const accepted = others
    .flatMap(one => (one.goodAt === undefined ? [] : [{ name: nameOf(one), at: one.goodAt }]))
    .toSorted((one, other) => other.at.getTime() - one.at.getTime())
  if (accepted.length === 0) return []
  const list = accepted.slice(0, 3).map(({ name, at }) => `${name}, the last time at ${momentText(at, now)}`)
  return [`calls of others are accepted: ${list.join('; ')}`]
}
