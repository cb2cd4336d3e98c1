import { Problem } from '../../errors/problem.ts'
import { databaseProblem } from '../database/connection/database-problem.ts'

/** Does a piece of work for somebody, once it is their turn. */
export type Turns = <T>(who: string, work: () => Promise<T>) => Promise<T>

type TurnLimits = {
  /** Pieces of work at the same time. */
  most: number
  /** Pieces that one caller may have waiting; one more is refused at once. */
  longestLine: number
  /** Milliseconds after which a piece that has not begun is refused. */
  longestWait: number
}

/** What waits, by who asked for it. The first of the map is the next whose turn it is. */
type Lines = Map<string, PromiseWithResolvers<void>[]>

/**
 * Turns for work that must leave room for other work: at most `most` pieces run at once. Those who wait take turns, one piece
 * each, so that nobody who asks for much keeps the others waiting. Throws Problem `too-many-calls` or `calls-waiting`. If a
 * piece fails because the database is unreachable, those that wait fail with it, so that no caller waits for it twice.
 */
export function fairTurns({ most, longestLine, longestWait }: TurnLimits): Turns {
  let running = 0
  const lines: Lines = new Map()
  const passOn = () => {
    const next = takeNext(lines)
    if (next) next.resolve()
    else running--
  }
  return async (who, work) => {
    if (running < most) running++
    else await waitInLine(lines, who, { longestLine, longestWait })
    try {
      return await work()
    } catch (error) {
      if (databaseProblem(error)?.code === 'database-away') failAll(lines, error)
      throw error
    } finally {
      passOn()
    }
  }
}

async function waitInLine(lines: Lines, who: string, limits: Omit<TurnLimits, 'most'>): Promise<void> {
  const line = lines.get(who) ?? []
  if (line.length >= limits.longestLine) throw lineFull(limits.longestLine)
  const turn = Promise.withResolvers<void>()
  line.push(turn)
  lines.set(who, line)
  const timer = setTimeout(() => {
    leave(lines, who, turn)
    turn.reject(waitedTooLong())
  }, limits.longestWait)
  try {
    await turn.promise
  } finally {
    clearTimeout(timer)
  }
}

/** The first in the first line, which then is the last line. */
function takeNext(lines: Lines): PromiseWithResolvers<void> | undefined {
  for (const [who, line] of lines) {
    const next = line.shift()
    lines.delete(who)
    if (line.length > 0) lines.set(who, line)
    return next
  }
  return undefined
}

function leave(lines: Lines, who: string, turn: PromiseWithResolvers<void>): void {
  const others = lines.get(who)?.filter(one => one !== turn) ?? []
  if (others.length > 0) lines.set(who, others)
  else lines.delete(who)
}

function failAll(lines: Lines, error: unknown): void {
  const waiting = [...lines.values()].flat()
  lines.clear()
  for (const turn of waiting) turn.reject(error)
}

const retryAfter = { headers: { 'retry-after': '1' } }

const lineFull = (most: number) =>
  new Problem('too-many-calls', `This API key has ${most} calls waiting already. Nothing was done.`, retryAfter)

const waitedTooLong = () =>
  new Problem('calls-waiting', 'Other calls of the management API kept this one waiting. Nothing was done.', retryAfter)
