import type { Logger } from '../../../logging/logger.ts'
import type { Server } from '../../../server.ts'
import type { Prepared } from '../../../serving.ts'
import type { WorkerAnswers } from './words.ts'

type Halves = Pick<WorkerAnswers, 'prepare' | 'serveNext' | 'forgetNext'>

/** A reload in two halves, since all workers serve the next configuration or none does. */
export function reloadInHalves(opened: Promise<{ server: Server; log: Logger }>): Halves {
  let waiting: (Prepared & { logLevel: string }) | undefined
  const take = () => {
    const taken = waiting
    waiting = undefined
    return taken
  }
  return {
    prepare: async ({ logLevel, ...next }) => {
      const { server } = await opened
      await take()?.forget()
      waiting = { ...(await server.prepareReload(next)), logLevel }
    },
    serveNext: async () => {
      const next = take()
      if (next === undefined) throw new Error('no configuration was prepared')
      const { log } = await opened
      log.level = next.logLevel
      return next.serve()
    },
    forgetNext: async () => {
      await take()?.forget()
    },
  }
}
