import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is neither false nor undefined, and returns it. */
export async function until<T>(ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await sleep(5)
  }
}
