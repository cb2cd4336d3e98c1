import { setTimeout as sleep } from 'node:timers/promises'
import { runSql } from '../../../test/support/test-database.ts'

type Content = Record<string, string>

const tables = `SELECT relname::text AS name FROM pg_class
  WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace ORDER BY 1`

/**
 * All that is in a database: of each table a digest of its rows, and how many rows were ever inserted, updated and deleted, which
 * tells of a write that was undone as well.
 */
async function contentOf(url: string): Promise<Content> {
  const names = (await runSql(url, tables)).map(({ name }) => String(name))
  const digests = names.map(
    name =>
      `SELECT '${name}' AS name, count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') AS content FROM "${name}" t`,
  )
  const written = `SELECT relname || ' changes', (n_tup_ins + n_tup_upd + n_tup_del)::text FROM pg_stat_user_tables`
  const rows = await runSql(url, 'SELECT pg_stat_clear_snapshot()', [...digests, written].join(' UNION ALL '))
  return Object.fromEntries(rows.map(({ name, content }) => [String(name), String(content)]))
}

/** The content once nothing changes: a session tells its numbers a second later, and a server may still be at work. */
export async function settledContent(url: string): Promise<Content> {
  let content = await contentOf(url)
  for (let times = 0; times < 10; times++) {
    await sleep(1_100)
    const next = await contentOf(url)
    if (changesBetween(content, next).length === 0) return next
    content = next
  }
  return content
}

/** What differs between two looks. */
export function changesBetween(before: Content, after: Content): string[] {
  const names = Object.keys({ ...before, ...after })
  return names.filter(name => before[name] !== after[name]).map(name => `${name}: ${before[name]} -> ${after[name]}`)
}
