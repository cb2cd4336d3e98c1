import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../world/start-program.ts'

/** Resident memory (MB) of a program that has just started and is idle. */
export async function idleMemory(running: Running): Promise<number> {
  await sleep(3_000)
  return running.memory()?.now ?? Number.NaN
}
