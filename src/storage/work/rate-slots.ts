import type { Queries } from '../database/queries.ts'

/** Which budget: one row of `rate_budget`. */
export type BudgetName = { organization: string; class: 'search' | 'other' }

/** What a process asks for: `count` slots, `interval` milliseconds apart. */
type SlotWish = {
  count: number
  interval: number
  /** A pause that the process has waited for to its end; the database's clock may have gone back meanwhile. */
  waitedFor: string | undefined
}

/** The first slot, as a moment of the database's clock and in milliseconds from now; or why there is none, and for how long. */
export type Slots =
  | { given: true; firstAt: number; firstIn: number }
  | { given: false; again: number; pause: string | undefined }

/** Milliseconds ahead of now that are given away. */
const horizon = 1_000
/** Longer than any pause that a client of Tracker waits for: a pause that ends later was set before the clock went back. */
const longestPause = 600_000

/**
 * Takes slots (GCRA), by the database's clock only. `next_at` can only be further ahead than the horizon and what is taken at
 * once if the clock went back: then it is brought back to that, and not to now, since slots that were given are still used.
 */
export async function takeSlots(database: Queries, name: BudgetName, wish: SlotWish): Promise<Slots> {
  const { count, interval, waitedFor = null } = wish
  const furthest = horizon + Math.max(horizon, interval)
  // A CTE for each thought, so that every value is of one moment: that at which the row was locked.
  const [row] = await database.$queryRaw<Row[]>`
    /* take slots */
    WITH budget AS MATERIALIZED (
      SELECT locked.*, clock_timestamp() AS moment
      FROM (SELECT next_at, not_before FROM rate_budget
            WHERE organization = ${name.organization} AND class = ${name.class} FOR UPDATE) AS locked
    ), known AS MATERIALIZED (
      SELECT moment, greatest(moment, least(next_at, moment + ${furthest}::float8 * interval '1 ms')) AS free_at,
             CASE WHEN not_before > moment AND not_before <= moment + ${longestPause}::float8 * interval '1 ms'
                   AND not_before::text IS DISTINCT FROM ${waitedFor}::text THEN not_before END AS pause
      FROM budget
    ), decided AS MATERIALIZED (
      SELECT *, pause IS NULL AND free_at <= moment + ${horizon}::float8 * interval '1 ms' AS given FROM known
    )
    UPDATE rate_budget SET not_before = pause,
      next_at = free_at + CASE WHEN given THEN ${Math.ceil(count * interval)}::float8 ELSE 0 END * interval '1 ms'
    FROM decided
    WHERE organization = ${name.organization} AND class = ${name.class}
    RETURNING given, pause::text, extract(epoch FROM free_at)::float8 * 1000 AS "firstAt",
      extract(epoch FROM free_at - moment)::float8 * 1000 AS "firstIn",
      extract(epoch FROM pause - moment)::float8 * 1000 AS "pausedFor"`
  if (row === undefined) {
    await database.$executeRaw`
      INSERT INTO rate_budget (organization, class, next_at) VALUES (${name.organization}, ${name.class}, now())
      ON CONFLICT DO NOTHING`
    return { given: false, again: 0, pause: undefined }
  }
  const { given, firstAt, firstIn, pause, pausedFor } = row
  if (given) return { given, firstAt, firstIn }
  return { given, again: pausedFor ?? firstIn - horizon, pause: pause ?? undefined }
}

type Row = { given: boolean; firstAt: number; firstIn: number; pause: string | null; pausedFor: number | null }

/** Whether a pause is set that has not been waited for. */
export async function isPaused(database: Queries, name: BudgetName, waitedFor: string | undefined): Promise<boolean> {
  const rows = await database.$queryRaw<unknown[]>`
    /* look for a pause */
    SELECT 1 AS paused FROM rate_budget
    WHERE organization = ${name.organization} AND class = ${name.class} AND not_before > clock_timestamp()
      AND not_before <= clock_timestamp() + ${longestPause}::float8 * interval '1 ms'
      AND not_before::text IS DISTINCT FROM ${waitedFor ?? null}::text`
  return rows.length > 0
}

/** Sets a pause for all processes, unless one is set that ends later. */
export async function setPause(database: Queries, name: BudgetName, milliseconds: number): Promise<void> {
  await database.$executeRaw`
    /* set a pause */
    INSERT INTO rate_budget AS budget (organization, class, next_at, not_before)
    SELECT ${name.organization}, ${name.class}, moment, moment + ${Math.ceil(milliseconds)}::float8 * interval '1 ms'
    FROM (SELECT clock_timestamp() AS moment) AS clock
    ON CONFLICT (organization, class) DO UPDATE SET not_before = excluded.not_before
    WHERE budget.not_before IS NULL OR budget.not_before < excluded.not_before
       OR budget.not_before > excluded.next_at + ${longestPause}::float8 * interval '1 ms'`
}
