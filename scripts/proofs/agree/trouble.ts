import { setTimeout as sleep } from 'node:timers/promises'
import type { EmbeddedPostgres } from '../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import type { Replica } from '../both-sides/programs.ts'

export type Kills = { replica: number; database: number }

/** Kills what is drawn, and starts it again after a while. */
export async function makeTrouble(
  { replicas, postgres, random }: { replicas: readonly Replica[]; postgres: EmbeddedPostgres; random: () => number },
  kills: Kills,
): Promise<void> {
  if (random() < 0.3) {
    kills.database++
    const former = postgres.processId()
    // At once, as after a fault of the machine: its keeper starts it again.
    if (former !== undefined) process.kill(former, 'SIGQUIT')
    while (postgres.processId() === former || postgres.processId() === undefined) await sleep(10)
    return
  }
  const chosen = random() < 0.3 ? replicas : [replicas[Math.floor(random() * replicas.length)] as Replica]
  kills.replica += chosen.length
  await Promise.all(chosen.map(replica => replica.kill()))
  await sleep(random() * 1_500)
  await Promise.all(chosen.map(replica => replica.start()))
}
