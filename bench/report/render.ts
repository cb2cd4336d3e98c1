import type { Results } from '../measure/results.ts'
import {
  growthTable,
  latencyTable,
  managementTable,
  processorTable,
  ratioTable,
  serverTable,
  type Table,
  targetTable,
  throughputTable,
} from './tables.ts'

/** All tables of a run that are not empty, with the targets last, where a terminal shows them. */
export function terminalReport(results: Results): string {
  const tables = [
    throughputTable(results),
    processorTable(results),
    ratioTable(results),
    latencyTable(results),
    growthTable(results),
    managementTable(results),
    serverTable(results),
    targetTable([results]),
  ]
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(table => [table.title, '', columns(table), ...(table.note ? ['', `  ${table.note}`] : [])].join('\n'))
    .join('\n\n')
}

function columns({ head, rows }: Table): string {
  const all = [head, ...rows]
  const widths = head.map((_, index) => Math.max(...all.map(row => row[index]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('   ')}`.trimEnd()
  return [line(head), `  ${widths.map(width => '─'.repeat(width)).join('───')}`, ...rows.map(line)].join('\n')
}

/** A table in Markdown, without its title. */
export function markdownTable({ head, rows }: Table): string {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}
