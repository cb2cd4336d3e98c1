import type { StoredLine } from '../../storage/reconciliation/list-plan-lines.ts'
import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'

/** Lines that are read at once. */
const linesAtOnce = 500

/** Reads lines of a plan, in the order of their numbers. */
export type ReadLines = (from: { after?: number; limit: number }) => Promise<readonly StoredLine[]>

/** A plan as a file: a header, then a line for each difference, each a JSON document (NDJSON). Never holds more than a few. */
export async function* planFile(run: StoredRun, lines: number, read: ReadLines): AsyncGenerator<string> {
  yield `${JSON.stringify(headerOf(run, lines))}\n`
  for (let after = -1; ; ) {
    const found = await read({ after, limit: linesAtOnce })
    if (found.length > 0) yield found.map(({ line }) => `${JSON.stringify(line)}\n`).join('')
    const last = found.at(-1)
    if (last === undefined || found.length < linesAtOnce) return
    after = last.number
  }
}

/** Why a run has no whole plan of its own; undefined if it has one. */
export function whyNoPlan({ id, planId, state }: StoredRun): string | undefined {
  if (planId !== null) return `Run ${id} applies plan ${planId} and has none of its own.`
  return state === 'finished' ? undefined : `The plan of run ${id} is not whole: the run is ${state}.`
}

/** By `lines` a file that was cut off is noticed. */
const headerOf = ({ id, applicationId, scope, endedAt, startedAt }: StoredRun, lines: number) => ({
  plan: id,
  application: applicationId,
  scope,
  madeAt: (endedAt ?? startedAt).toISOString(),
  lines,
})
