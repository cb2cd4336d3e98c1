import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a question is answered with something else than false or undefined, and returns that; asks often. */
export async function until<T>(ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await sleep(5)
  }
}
