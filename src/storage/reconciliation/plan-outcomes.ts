import type { Queries } from '../database/queries.ts'
import { type HeldRun, RunLost } from './run-progress.ts'

/** What became of a line of a plan. Each is final: a line is applied once. */
export type Outcome = 'done' | 'stale' | 'capped' | 'unreadable' | 'waiting' | 'failed'

/** A line as it stands in a plan file. */
type OpenLine = { number: number; line: unknown }

/** Lines with a repair that nothing has become of yet, in the order of their numbers: at most `limit` of those behind `after`. */
export function openLines(
  database: Queries,
  planId: string,
  { after, limit }: { after: number; limit: number },
): Promise<OpenLine[]> {
  return database.$queryRaw<OpenLine[]>`
    SELECT number, line FROM plan_line
    WHERE run_id = ${planId} AND number > ${after} AND outcome IS NULL AND line ? 'repair'
    ORDER BY number LIMIT ${limit}`
}

/** How many lines of a plan have a repair, and of how many nothing has become yet. */
export async function countRepairs(database: Queries, planId: string): Promise<{ repairs: number; open: number }> {
  const [counts] = await database.$queryRaw<[{ repairs: number; open: number }]>`
    SELECT count(*)::int AS repairs, count(*) FILTER (WHERE outcome IS NULL)::int AS open
    FROM plan_line WHERE run_id = ${planId} AND line ? 'repair'`
  return counts
}

/** How often each repair is in a plan. */
export type Vanishing = { here: number; inTracker: number }

/** How many links would vanish if a plan was applied. Further remote links of a link may go: the link stays. */
export async function countVanishing(database: Queries, planId: string): Promise<Vanishing> {
  const [counts] = await database.$queryRaw<[Vanishing]>`
    SELECT count(*) FILTER (WHERE line #>> '{repair,side}' = 'here')::int AS here,
           count(*) FILTER (WHERE line #>> '{repair,side}' = 'tracker')::int AS "inTracker"
    FROM plan_line
    WHERE run_id = ${planId} AND line #>> '{repair,action}' = 'remove' AND line ->> 'kind' <> 'doubled'`
  return counts
}

/** Stores what became of lines, for as long as the run that applies them is ours. Throws RunLost. */
export async function storeOutcomes(
  database: Queries,
  { id, token }: HeldRun,
  planId: string,
  outcomes: ReadonlyMap<number, Outcome>,
): Promise<void> {
  await database.$transaction(async transaction => {
    const held = await transaction.$queryRaw<unknown[]>`
      SELECT FROM reconciliation_run WHERE id = ${id} AND lease_token = ${token} AND ended_at IS NULL FOR SHARE`
    if (held.length === 0) throw new RunLost(`Run ${id} is worked on elsewhere, or was cancelled.`)
    await transaction.$executeRaw`
      UPDATE plan_line SET outcome = told.outcome, done_at = now()
      FROM unnest(${[...outcomes.keys()]}::int[], ${[...outcomes.values()]}::text[]) AS told (number, outcome)
      WHERE run_id = ${planId} AND plan_line.number = told.number`
  })
}

/** How often each outcome is in a plan. */
export async function countOutcomes(database: Queries, planId: string): Promise<Partial<Record<Outcome, number>>> {
  const rows = await database.$queryRaw<{ outcome: Outcome; lines: number }[]>`
    SELECT outcome, count(*)::int AS lines FROM plan_line WHERE run_id = ${planId} AND outcome IS NOT NULL GROUP BY outcome`
  return Object.fromEntries(rows.map(({ outcome, lines }) => [outcome, lines]))
}
