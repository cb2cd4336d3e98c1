import { SingleBar } from 'cli-progress'
import type { CliContext } from './command.ts'
import { counted } from './terminal-text.ts'

/** Shows how many of all rows are done: a bar on a terminal; elsewhere a line for each tenth of many rows. */
export function rowProgress(
  { stderr, isTerminal }: CliContext,
  what: string,
): { tell: (done: number, total: number) => void; stop: () => void } {
  const bar = new SingleBar({
    format: `${what} [{bar}] {percentage} %, {value} rows, {eta_formatted} to go`,
    stream: stderr,
    gracefulExit: false,
  })
  let [isStarted, tenths] = [false, 0]
  return {
    tell(done, total) {
      if (isTerminal) {
        if (!isStarted) bar.start(total, 0)
        isStarted = true
        bar.update(done)
      } else if (total >= 100_000 && Math.floor((done / total) * 10) > tenths) {
        tenths = Math.floor((done / total) * 10)
        stderr.write(`${tenths * 10} %: ${counted(done, 'row')}\n`)
      }
    },
    stop() {
      if (isStarted) bar.stop()
      isStarted = false
    },
  }
}
