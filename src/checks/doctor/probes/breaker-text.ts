import { momentText } from '../moment-text.ts'
import type { SeenBreaker } from '../probe.ts'

/** How the circuit breaker of a replica stands, in one line. */
export function breakerText(breaker: SeenBreaker, now: number): string {
  const { replica, openSince } = breaker
  if (openSince === undefined) return `the breaker of ${replica} is closed: its next call asks the source`
  return `the breaker of ${replica} is open since ${momentText(new Date(openSince), now)}: ${nextQuestion(breaker, now)} the source`
}

/** When a replica asks again: it does so with a call, never by itself. */
function nextQuestion({ state, asksAgainAt = 0 }: SeenBreaker, now: number): string {
  if (state === 'halfOpen') return 'a call is asking'
  const seconds = Math.ceil((asksAgainAt - now) / 1_000)
  return seconds > 0 ? `its first call after ${seconds} s asks` : 'its next call asks'
}
