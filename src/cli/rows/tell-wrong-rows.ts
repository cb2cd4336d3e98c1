import type { CliContext } from '../command.ts'
import { counted, shown, visible } from '../terminal-text.ts'
import type { WrongRow } from './wrong-row.ts'

/** Lists what is wrong with rows, one line per fault. `count` is the number of all wrong rows; `rows` may be only the first ones. */
export function tellWrongRows({ stderr }: CliContext, rows: readonly WrongRow[], count: number): void {
  for (const { line, key, faults } of rows)
    for (const { field, rule, hint } of faults) {
      const place = key === undefined ? `line ${line}` : `line ${line}, key ${shown(key, 60)}`
      stderr.write(`${place}: ${shown(field, 60)} ${visible(rule)}. ${visible(hint)}\n`)
    }
  if (count > rows.length) stderr.write(`and ${counted(count - rows.length, 'row')} more; --json has them all\n`)
}
