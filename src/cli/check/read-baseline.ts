import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { PlainReport } from '../../checks/kit/report/plain-report.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'

/** The earlier report that `--baseline` names. Throws CommandRefusal. */
export function readBaseline(
  { options: { baseline } }: CommandInput,
  { directory }: CliContext,
): PlainReport | undefined {
  if (typeof baseline !== 'string') return undefined
  try {
    const report = JSON.parse(readFileSync(resolve(directory, baseline), 'utf8')) as PlainReport
    if (Array.isArray(report.results) && report.results.every(({ id, outcome }) => id && outcome)) return report
  } catch {
    // Told below: it is no report, whatever else it may be.
  }
  throw new CommandRefusal(
    `${visible(baseline)} is no report of this command: keep one with \`tracker-links check … --json > FILE\`.`,
  )
}
