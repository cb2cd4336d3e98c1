import type { ChildProcess } from 'node:child_process'
import { ConfigFaults } from '../../../config/config-faults.ts'
import { Problem } from '../../../errors/problem.ts'

/** What one side does when the other asks for it, by name; each takes one value. */
type Answers = Record<string, (value: never) => unknown>

type Failure =
  | { kind: 'faults'; faults: ConfigFaults['faults'] }
  | { kind: 'problem'; code: Problem['code']; message: string }
  | { kind: 'other'; message: string }

type Asked = { ask: string; number: number; value: unknown }
type Message = Asked | { answered: number; value: unknown } | { answered: number; failure: Failure }

/** The way to the other process. What that cannot do is thrown here, as it was thrown there. */
export type Channel<Theirs extends Answers> = {
  ask: <Name extends keyof Theirs & string>(
    name: Name,
    value: Parameters<Theirs[Name]>[0],
  ) => Promise<Awaited<ReturnType<Theirs[Name]>>>
}

export class ProcessGone extends Error {}

/** The channel between a primary and a worker, seen from either side. */
export function openChannel<Theirs extends Answers>(other: ChildProcess | NodeJS.Process, ours: Answers) {
  const asked = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  // A process that has just ended is no error: its exit is heard of.
  const send = (message: Message) => other.connected && other.send?.(message, undefined, undefined, () => {})
  other.on('message', (message: Message) => {
    if ('ask' in message) {
      void answer(ours, message).then(send)
      return
    }
    const waiting = asked.get(message.answered)
    asked.delete(message.answered)
    if ('failure' in message) waiting?.reject(errorOf(message.failure))
    else waiting?.resolve(message.value)
  })
  other.on('disconnect', () => {
    for (const { reject } of asked.values()) reject(new ProcessGone('the process has ended'))
    asked.clear()
  })
  const ask = (name: string, value: unknown) => {
    const waiting = Promise.withResolvers<unknown>()
    if (!other.connected) waiting.reject(new ProcessGone('the process has ended'))
    else {
      asked.set(++last, waiting)
      send({ ask: name, number: last, value })
    }
    return waiting.promise
  }
  return { ask } as Channel<Theirs>
}

async function answer(ours: Answers, { ask, number, value }: Asked): Promise<Message> {
  try {
    return { answered: number, value: await ours[ask]?.(value as never) }
  } catch (error) {
    return { answered: number, failure: failureOf(error) }
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ConfigFaults) return { kind: 'faults', faults: error.faults }
  if (error instanceof Problem) return { kind: 'problem', code: error.code, message: error.message }
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) }
}

function errorOf(failure: Failure): Error {
  if (failure.kind === 'faults') return new ConfigFaults(failure.faults)
  if (failure.kind === 'problem') return new Problem(failure.code, failure.message)
  return new Error(failure.message)
}
