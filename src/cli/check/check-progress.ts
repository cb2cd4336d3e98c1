import type { Progress } from '../../checks/kit/run-kit.ts'
import type { CliContext } from '../command.ts'

/** Shows on a terminal which check runs. Elsewhere a run of a second or two needs no progress. */
export function checkProgress({ stderr, isTerminal }: CliContext): Progress {
  if (!isTerminal) return () => {}
  return (done, total, next) => {
    const line = next === undefined ? '' : `${String(done + 1).padStart(String(total).length)} of ${total}  ${next}`
    stderr.write(`\r\x1b[K${line}`)
  }
}
