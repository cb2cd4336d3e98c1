import { createHash } from 'node:crypto'
import type { Fault } from '../../errors/problem.ts'
import type { IssueIds } from '../../reconciliation/resolve-issues.ts'
import type { Cells, Table } from '../../values/field-table.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { chooseFormat, openInput } from '../rows/open-input.ts'
import { checkRow, type Format, readCells } from '../rows/read-cells.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { counted } from '../terminal-text.ts'

/** What a file of links contains, and its rules. */
export type ImportTable<Row> = Table & {
  check: (cells: Cells, format: Format) => Row | { faults: readonly Fault[] }
  /** A row in words. */
  nameOf: (row: Row) => string
  /** The same text for rows that mean the same link, if `idOf` gives the same id for all names of an issue. */
  identityOf: (row: Row, idOf?: IssueIds) => string
  /** The issues that a row names. */
  issuesOf: (row: Row) => string[]
}

/** A whole file: its right rows with their lines, its wrong rows, and the hash of its bytes. */
export type ImportFile<Row> = { rows: (Row & { line: number })[]; wrong: WrongRow[]; sha256: string }

/** All rows are kept in memory, a kilobyte or less each. To import so many at eight per second takes a day and a half. */
const mostRows = 1_000_000

/** Reads and checks a whole file. Throws CommandRefusal if no row can be read at all. */
export async function readImportFile<Row extends object>(
  input: CommandInput,
  context: CliContext,
  table: ImportTable<Row>,
): Promise<ImportFile<Row>> {
  const file = input.arguments[0] as string
  if (file === '-') throw new CommandRefusal('Name a file: the journal of the import is kept beside it.')
  const format = chooseFormat(file, input.options.format as Format | undefined)
  const opened = await openInput(file, context, new AbortController().signal)
  const hash = createHash('sha256')
  const rows: (Row & { line: number })[] = []
  const wrong: WrongRow[] = []
  const lineOf = new Map<string, number>()
  try {
    for await (const some of readCells(format, hashed(opened.chunks, hash), table))
      for (const read of some) {
        const row = checkRow(read, issueOf, cells => table.check(cells, format))
        const earlier = 'faults' in row ? undefined : lineOf.get(table.identityOf(row))
        if ('faults' in row) wrong.push(row)
        else if (earlier !== undefined) wrong.push(repeated(row.line, table.nameOf(row), earlier))
        else {
          lineOf.set(table.identityOf(row), row.line)
          if (rows.push(row) > mostRows) throw tooMany
        }
      }
  } finally {
    opened.close()
  }
  return { rows, wrong, sha256: hash.digest('hex') }
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: { update: (chunk: Buffer) => unknown }) {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

const issueOf = ({ issue }: Cells) => (typeof issue === 'string' && issue !== '' ? issue : undefined)

const repeated = (line: number, key: string, earlier: number): WrongRow => ({
  line,
  key,
  faults: [{ field: 'row', rule: `is the same link as line ${earlier}`, hint: 'Remove one of the two.' }],
})

const tooMany = new CommandRefusal(`The file has more than ${counted(mostRows, 'row')}: split it.`)
