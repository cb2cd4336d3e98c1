import { Readable } from 'node:stream'
import type { Queries } from '../../storage/database/queries.ts'
import { listPlanLines } from '../../storage/reconciliation/list-plan-lines.ts'
import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'
import type { CliContext, CommandInput } from '../command.ts'
import { writeAll } from '../output.ts'
import { visible } from '../terminal-text.ts'

const linesAtOnce = 500

/** With `--json`: the run and its lines as one document, however many there are. */
export async function tellReport(
  input: CommandInput,
  { stdout }: CliContext,
  database: Queries,
  run: StoredRun,
): Promise<void> {
  if (input.json) await writeAll(Readable.from(document(database, run)), stdout)
}

async function* document(database: Queries, run: StoredRun): AsyncGenerator<string> {
  const { id, applicationId, planId, scope, repair, state, reason, counts } = run
  const head = { run: id, application: applicationId, plan: planId ?? id, scope, repair, state, reason, counts }
  yield `${visible(JSON.stringify(head)).slice(0, -1)},"lines":[`
  for (let after = 0, separator = ''; ; ) {
    const lines = await listPlanLines(database, planId ?? id, { after, limit: linesAtOnce })
    for (const { line, outcome } of lines) {
      yield separator + visible(JSON.stringify({ ...(line as object), ...(outcome !== null && { outcome }) }))
      separator = ','
    }
    const last = lines.at(-1)
    if (last === undefined) break
    after = last.number
  }
  yield ']}\n'
}
