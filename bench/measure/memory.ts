import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../world/start-program.ts'

/** Resident memory (MB) of a program that was just started and has nothing to do. */
export async function idleMemory(running: Running): Promise<number> {
  await sleep(3_000)
  return running.memory()?.now ?? Number.NaN
}
