import type { CallerCalls } from '../../storage/calls/caller-calls.ts'

/** A caller whose latest calls are bad. */
export type BadCaller = CallerCalls & { bad: NonNullable<CallerCalls['bad']> }

/** Programs with which people try an address, this one's own included: Tracker is none of them. */
const byHand = /^(curl|wget|httpie|xh|postmanruntime|insomnia|bruno|mozilla|tracker-links.*)$/
export const isByHand = ({ caller }: CallerCalls) => byHand.test(caller)

const minute = 60_000
/** Milliseconds after which a program that goes on being refused may be Tracker by another name. */
const lasting = 10 * minute
/** Milliseconds after which a caller that was silent since, while others are accepted, tells nothing. */
const recent = 24 * 60 * minute

/**
 * Whose bad calls count, of all who called: those of Tracker, and those of somebody else. Nobody tells us who Tracker is, so a caller is
 * taken for it unless all of this holds: a program that is not used by hand has had accepted calls; and this caller is another one,
 * which is used by hand, or has never had an accepted call and does not go on for ten minutes.
 * Of several the one that called last is returned.
 */
export function judgeCallers(
  callers: readonly CallerCalls[],
  now: number,
): { tracker: BadCaller | undefined; stray: BadCaller | undefined } {
  const counted = callers
    .filter((one): one is BadCaller => one.bad !== undefined)
    .filter(one => !isOver(one, callers, now))
    .toSorted((one, other) => other.bad.lastAt.getTime() - one.bad.lastAt.getTime())
  return {
    tracker: counted.find(one => !isStray(one, callers)),
    stray: counted.find(one => isStray(one, callers)),
  }
}

/** Others have been accepted since. What people try by hand says nothing of a program. */
function isOver(one: BadCaller, callers: readonly CallerCalls[], now: number): boolean {
  const others = callers.filter(other => other !== one && (isByHand(one) || !isByHand(other)))
  const isPassed = others.some(({ goodAt }) => goodAt !== undefined && goodAt > one.bad.lastAt)
  return isPassed && (isByHand(one) || one.bad.lastAt.getTime() < now - recent)
}

function isStray(one: BadCaller, callers: readonly CallerCalls[]): boolean {
  const isKnown = callers.some(other => other !== one && other.goodAt !== undefined && !isByHand(other))
  const goesOn = one.bad.lastAt.getTime() - one.bad.firstAt.getTime() >= lasting
  return isKnown && (isByHand(one) || (one.goodAt === undefined && !goesOn))
}
