import type { CliContext } from '../command.ts'
import { type ImportProgress, importProgress } from '../rows/import-progress.ts'

/** A bar on a terminal that tells how many rows are done; elsewhere nothing. It begins when the number of rows is known. */
export function rowBar(context: CliContext, verb: string) {
  let bar: ImportProgress | undefined
  return {
    tell(rows: number, ofRows: number): void {
      if (!context.isTerminal) return
      bar ??= importProgress(context, ofRows, verb)
      bar.tell(rows, rows)
    },
    stop: () => bar?.stop(),
  }
}
