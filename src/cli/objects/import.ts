import { withConflictRetry } from '../../storage/database/connection/database-problem.ts'
import { putObjects } from '../../storage/objects/put-objects.ts'
import { recordCommand } from '../audit/audited.ts'
import type { CliCommand, CliContext, CommandInput } from '../command.ts'
import { print } from '../command.ts'
import { onInterruption } from '../interruption.ts'
import { applicationOption, chosenPushedApplication, configOption, readProgram } from '../open-program.ts'
import { importProgress } from '../rows/import-progress.ts'
import { chooseFormat, type ImportInput, openInput } from '../rows/open-input.ts'
import { type Format, formats } from '../rows/read-cells.ts'
import { tellWrongRows } from '../rows/tell-wrong-rows.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { type ImportCounts, importRows } from './import-rows.ts'
import { readRows } from './read-rows.ts'

/** Wrong rows that are listed for a person; `--json` has them all. */
const mostTold = 50

export const objectsImport: CliCommand = {
  name: 'objects import',
  summary: 'store the objects of a file; existing ones become as the file has them',
  arguments: [{ name: '<file>', summary: 'NDJSON, a JSON array, or CSV with a header; - is standard input' }],
  options: [
    applicationOption,
    { flags: '--format <format>', summary: 'what the file holds (default: by its ending)', choices: formats },
    configOption,
  ],
  details: `
A row has Tracker's fields of a card: key, summary, iconUrl, status {name, description}, resolution {name, description},
assignee {trackerUid, passportUid, login}, updated, deadline. In CSV the columns have dotted names: status.name,
assignee.trackerUid. Only key and summary are needed. null and an empty text count as no value, and a field that a
row lacks is removed from the stored object. Times have an offset: 2024-05-02T10:11:12.345+0000. Uids keep all of their 64 bits.

CSV is UTF-8, with commas, semicolons or tabs, whichever comes first in the header. A file that ends in .ndjson, .jsonl, .json
or .csv needs no --format.

A row may also have a sequence, the application's own version of the object, 0 to 9223372036854775807: if a higher one is
stored, the row is stale and changes nothing.

Wrong rows are listed with their line and a hint, the others are stored, and the exit code is 2. If a key is in the file twice,
its first row is stored and the later one is listed. After an interruption (Ctrl-C, exit code 1) what was stored stays.
Importing a file again changes nothing.

If the cards of the application come from a source (http, sql, module), the import is refused: exit code 2.`,
  examples: [
    'objects import deals.ndjson',
    'objects import deals.csv --application ru.example.crm',
    'objects import - --format json',
  ],
  run: importObjects,
}

async function importObjects(input: CommandInput, context: CliContext): Promise<number> {
  const file = input.arguments[0] as string
  const program = readProgram(input, context)
  const application = chosenPushedApplication(input, program)
  const format = chooseFormat(file, input.options.format as Format | undefined)
  const interruption = new AbortController()
  const { signal } = interruption
  const opened = await openInput(file, context, signal)
  const counts: ImportCounts = { rows: 0, created: 0, changed: 0, unchanged: 0, stale: 0, refused: 0 }
  const refused: WrongRow[] = []
  const tellWrong = (row: WrongRow) => (input.json || refused.length < mostTold) && refused.push(row)

  const started = performance.now()
  const stopListening = onInterruption(() => interruption.abort())
  try {
    await withStorage(program, context, async ({ prisma }) => {
      try {
        await storeRows(context, opened, {
          format,
          put: objects => withConflictRetry(() => putObjects(prisma, application.id, objects)),
          counts,
          tellWrong,
          signal,
        })
      } finally {
        // Also if it stopped early: what was stored stays.
        const about = { file, created: String(counts.created), changed: String(counts.changed) }
        await recordCommand(prisma, { operation: 'objects import', applicationId: application.id, about })
      }
    })
  } catch (error) {
    if (counts.rows > 0) context.stderr.write(`Stopped early; what was stored stays: ${summary(counts)}.\n`)
    throw error
  } finally {
    stopListening()
    opened.close()
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10
  return report(input, context, { application: application.id, counts, refused, interrupted: signal.aborted, seconds })
}

/** Stores the rows of a file, and shows how far it is. */
async function storeRows(
  context: CliContext,
  opened: ImportInput,
  { format, ...work }: Omit<Parameters<typeof importRows>[1], 'tellProgress'> & { format: Format },
): Promise<void> {
  const progress = importProgress(context, opened.size)
  const tellProgress = () => progress.tell(opened.bytesRead(), work.counts.rows)
  try {
    await importRows(readRows(format, opened.chunks), { ...work, tellProgress })
    if (!work.signal.aborted) tellProgress()
  } finally {
    progress.stop()
  }
}

/** Reports what became of the rows. Returns the exit code. */
function report(
  input: CommandInput,
  context: CliContext,
  done: { application: string; counts: ImportCounts; refused: WrongRow[]; interrupted: boolean; seconds: number },
): number {
  const { application, counts, refused, interrupted, seconds } = done
  const file = input.arguments[0] as string
  if (!input.json) tellWrongRows(context, refused, counts.refused)
  const text = interrupted
    ? `Interrupted: what was stored stays; import the file again to store the rest. ${summary(counts)}.`
    : `${file === '-' ? 'Standard input' : visible(file)} for ${application}, in ${seconds} s: ${summary(counts)}.`
  print(input, context, text, { file, application, ...counts, refused, interrupted, seconds })
  if (interrupted) return 1
  return counts.refused > 0 ? 2 : 0
}

function summary({ rows, created, changed, unchanged, stale, refused }: ImportCounts): string {
  const [fresh, other, same, late, wrong] = [created, changed, unchanged, stale, refused].map(count =>
    count.toLocaleString('en-US'),
  )
  return `${counted(rows, 'row')}: ${fresh} new, ${other} changed, ${same} unchanged${stale > 0 ? `, ${late} stale` : ''}, ${wrong} refused`
}
