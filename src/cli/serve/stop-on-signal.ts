import closeWithGrace from 'close-with-grace'
import { standardDrain } from '../../config/settings.ts'
import type { Logger } from '../../logging/logger.ts'

/** Milliseconds that work in flight gets at a stop, after the drain; then the process ends whatever happens. */
const lastWork = 23_000

export type Stopping = {
  /** The exit code, once it has stopped. */
  exitCode: Promise<number>
  /** Stops as a signal does; nothing if it is stopping already. */
  stop: (drainSeconds: number | undefined) => void
  /** No signal stops it any more, nor the end of the process: somebody else does, with an exit code of its own. */
  forget: () => void
}

/**
 * Waits for a signal, then stops without losing a call. `stop` drains for so many seconds and closes: none after Ctrl-C, since
 * nobody balances a terminal. A second signal ends the process at once, as who sends it by hand wants it; but not a worker
 * (`isWorker`): one that stops already may get the signal that stops all, and would cut its calls in flight.
 */
export function stopOnSignal(
  log: Logger,
  stop: (drainSeconds: number | undefined) => Promise<void>,
  { drainSeconds, isWorker = false }: { drainSeconds: number | undefined; isWorker?: boolean },
): Stopping {
  // Somebody else listens for it if it does not mean stop.
  const skip = process.listenerCount('SIGHUP') > 0 ? (['SIGHUP'] as const) : []
  const { promise: exitCode, resolve } = Promise.withResolvers<number>()
  let isStopping = false
  let told: number | undefined
  const grace = closeWithGrace(
    { delay: (drainSeconds ?? standardDrain) * 1_000 + lastWork, logger: false, skip: [...skip] },
    async ({ signal, err, manual }) => {
      isStopping = true
      if (isWorker) ignoreSignals(skip)
      if (err) log.fatal({ err }, 'stopping after a failure')
      else log.info({ signal }, 'stopping')
      await stop(manual ? told : signal === 'SIGTERM' ? drainSeconds : 0)
      log.info('stopped')
      resolve(err ? 1 : 0)
    },
  )
  return {
    exitCode,
    forget: grace.uninstall,
    stop: seconds => {
      if (isStopping) return
      isStopping = true
      told = seconds
      grace.close()
    },
  }
}

function ignoreSignals(skip: readonly NodeJS.Signals[]): void {
  for (const signal of (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).filter(one => !skip.includes(one)))
    process.removeAllListeners(signal).on(signal, () => {})
}
