import { SingleBar } from 'cli-progress'
import type { CliContext } from '../command.ts'
import { counted } from '../terminal-text.ts'

/** Shows how far an import is, on standard error. */
export type ImportProgress = { tell: (bytesRead: number, rows: number) => void; stop: () => void }

/** A bar on a terminal; elsewhere, and if the size in bytes is not known, a line now and then. */
export function importProgress(context: CliContext, size: number | undefined, verb = 'Importing'): ImportProgress {
  if (size === undefined || size === 0) return lines(context, (_bytes, rows) => Math.floor(rows / 10_000), counts)
  return context.isTerminal
    ? bar(context, size, verb)
    : lines(
        context,
        bytes => Math.floor((bytes / size) * 10),
        (step, rows) => `${step * 10} %: ${counts(step, rows)}`,
      )
}

const counts = (_step: number, rows: number) => counted(rows, 'row')

/** A line whenever the next step is reached. */
function lines(
  { stderr }: CliContext,
  stepOf: (bytes: number, rows: number) => number,
  text: (step: number, rows: number) => string,
): ImportProgress {
  let reached = 0
  return {
    tell(bytes, rows) {
      const step = stepOf(bytes, rows)
      if (step > reached) stderr.write(`${text(step, rows)}\n`)
      reached = Math.max(reached, step)
    },
    stop: () => {},
  }
}

function bar({ stderr }: CliContext, size: number, verb: string): ImportProgress {
  const single = new SingleBar({
    format: `${verb} [{bar}] {percentage} %, {rows}, {eta_formatted} to go`,
    stream: stderr,
    // The import itself stops in order after Ctrl-C, and stops the bar.
    gracefulExit: false,
  })
  single.start(size, 0, { rows: counts(0, 0) })
  return {
    tell: (bytes, rows) => single.update(Math.min(bytes, size), { rows: counts(0, rows) }),
    stop: () => single.stop(),
  }
}
