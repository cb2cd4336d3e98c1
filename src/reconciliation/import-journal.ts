import type { LinkForm } from './link-matcher.ts'

/** How a row ended: its link was made by this import, was there before, or was refused by Tracker, in its words. */
export type RowEnd =
  // Journals on disk have the form of a made link under the name `reading`.
  | { state: 'done'; reading?: LinkForm }
  | { state: 'there' }
  | { state: 'refused'; status: number | undefined; why: string }

/** A step of a row. `row` is its position among all rows. */
export type ImportStep = { row: number } & ({ state: 'started' } | RowEnd)

/** What earlier runs of an import did. */
export type EarlierRuns = {
  /** How rows ended; if a row ended more than once, the last end. */
  ended: ReadonlyMap<number, RowEnd>
  /** Rows that were sent, whether Tracker took them or not. */
  started: ReadonlySet<number>
}

/** The steps of an import. After a stop at any moment they tell which rows Tracker may have. */
export type ImportJournal = EarlierRuns & {
  /** Resolves once the step would survive a power cut. */
  append: (step: ImportStep) => Promise<void>
}

export function replay(steps: readonly ImportStep[]): EarlierRuns {
  const ended = new Map<number, RowEnd>()
  const started = new Set<number>()
  for (const { row, ...step } of steps) {
    if (step.state === 'started') {
      started.add(row)
      // A row that was refused and is sent again has not ended.
      ended.delete(row)
    } else {
      ended.set(row, step)
      if (step.state === 'refused') started.delete(row)
    }
  }
  return { ended, started }
}
