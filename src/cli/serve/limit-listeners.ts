import type { Logger } from '../../logging/logger.ts'
import { createTally } from '../../logging/tally.ts'
import { limitConnections } from '../../overload/connection-limit.ts'
import type { Server } from '../../server.ts'

/** Limits the connections of both listeners, each by itself. */
export function limitListeners({ publicApp, adminApp }: Server, most: number, log: Logger): void {
  const tally = createTally(log)
  for (const { server } of [publicApp, adminApp]) limitConnections(server, most, tally)
}
