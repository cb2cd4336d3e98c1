import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import type { Queries } from '../../storage/database/queries.ts'
import { countPlanLines, listPlanLines } from '../../storage/reconciliation/list-plan-lines.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { CommandRefusal } from '../command.ts'
import { shown, visible } from '../terminal-text.ts'

const linesAtOnce = 500

/** The header of a plan file, as far as it is needed before the database is open. */
export type PlanHeader = { plan: string; application: string }

/** Reads the first line of a plan file; undefined if there is no such file. Throws CommandRefusal. */
export async function readPlanHeader(file: string, directory: string): Promise<PlanHeader | undefined> {
  try {
    for await (const text of linesOf(file, directory)) {
      const { plan, application } = readLine(file, 1, text) as Partial<PlanHeader>
      if (typeof plan === 'string' && typeof application === 'string') return { plan, application }
      break
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  throw new CommandRefusal(
    `${visible(file)} is no plan: its first line does not say of which plan and application it is.`,
  )
}

/** Checks that a file is the whole plan as it was made. Returns the run that made it. Throws CommandRefusal. */
export async function checkPlanFile(
  database: Queries,
  { plan, application }: PlanHeader,
  { file, directory }: { file: string; directory: string },
): Promise<StoredRun> {
  const run = await findRun(database, plan)
  if (run === undefined)
    throw new CommandRefusal(
      `This database has no plan ${shown(plan, 60)}: the file is of another database, or the plan was removed because of its age.`,
    )
  if (run.applicationId !== application) throw edited(file, 1)
  let number = 0
  let known: unknown[] = []
  for await (const text of linesOf(file, directory)) {
    if (number++ === 0) continue
    if (known.length === 0)
      known = (await listPlanLines(database, plan, { after: number - 2, limit: linesAtOnce })).map(({ line }) => line)
    if (!isDeepStrictEqual(readLine(file, number, text), known.shift())) throw edited(file, number)
  }
  if (number - 1 !== (await countPlanLines(database, plan)))
    throw new CommandRefusal(`${visible(file)} is not whole: it has ${number - 1} of the plan's lines.`)
  return run
}

async function* linesOf(file: string, directory: string): AsyncGenerator<string> {
  const stream = createReadStream(resolve(directory, file))
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) if (line !== '') yield line
  } finally {
    stream.destroy()
  }
}

function readLine(file: string, number: number, text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new CommandRefusal(`${visible(file)} is no plan: line ${number} is no JSON object.`)
}

const edited = (file: string, number: number) =>
  new CommandRefusal(
    `${visible(file)} was edited: line ${number} is not as the plan has it. Apply it as it was written, or make another plan.`,
  )
