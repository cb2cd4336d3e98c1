import { hash } from 'node:crypto'
import type { OpenScene } from './open-scene.ts'

/** What a command may write: that it was given, what it found, and which requests it may send. */
const ownTables = ['audit_record', 'reconciliation_run', 'plan_line', 'rate_budget']

/** Digests of everything on both sides: of each table, and of the sandbox. */
export async function snapshot({ prisma, tracker }: OpenScene): Promise<Record<string, string>> {
  const tables = await prisma.$queryRaw<{ name: string }[]>`
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`
  const digests: Record<string, string> = {}
  for (const { name } of tables.filter(({ name }) => !ownTables.includes(name))) {
    const [row] = await prisma.$queryRawUnsafe<{ digest: string | null }[]>(
      `SELECT md5(string_agg(row, E'\\n' ORDER BY row)) AS digest FROM (SELECT t::text AS row FROM "${name}" t) AS rows`,
    )
    digests[name] = row?.digest ?? 'empty'
  }
  digests.Tracker = hash('sha256', JSON.stringify(await tracker.world()))
  return digests
}

/** What differs between two snapshots. */
export const changed = (before: Record<string, string>, after: Record<string, string>): string[] =>
  Object.keys({ ...before, ...after }).filter(name => before[name] !== after[name])
