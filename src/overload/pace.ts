/** A pace: so many a second, each at the next free moment. */
export type Pace = {
  /** Milliseconds between two. */
  between: number
  /** The moment of the next one, if none is made up for. */
  next: number
  /** Milliseconds that a moment may be away: of what comes faster, several have one moment. */
  longest: number
}

/** Milliseconds that may be made up for: a pause is followed by a burst. */
export const burst = 1_000

export const paceOf = (aSecond: number, longest = 2_000): Pace => ({
  between: 1_000 / aSecond,
  next: -Infinity,
  longest,
})

/** Takes the next free moment, and returns how many milliseconds it is away; 0 for now. */
export function takeMoment(pace: Pace, now: number): number {
  const at = Math.min(Math.max(pace.next, now - burst), now + pace.longest)
  pace.next = at + pace.between
  return Math.max(0, at - now)
}
