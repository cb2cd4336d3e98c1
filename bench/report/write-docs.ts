import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Results } from '../measure/results.ts'
import { chart } from './chart.ts'
import { markdownTable } from './render.ts'
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

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const picture = fileURLToPath(new URL('../../docs/performance.svg', import.meta.url))

/** Writes runs between the markers of docs/performance.md, and the last of them into its chart. */
export function writeDocs(runs: readonly Results[]): void {
  const last = runs.at(-1)
  if (!last) return
  let text = readFileSync(page, 'utf8')
  text = replaced(
    text,
    'chart',
    `![Calls per second of each program, as multiples of Fastify and pg by hand](${basename(picture)})`,
  )
  text = replaced(text, 'targets', markdownTable(targetTable(runs)))
  text = replaced(text, 'machine', runs.map(describeRun).join('\n'))
  const tables = [
    throughputTable(last),
    processorTable(last),
    ratioTable(last),
    latencyTable(last),
    growthTable(last),
    managementTable(last),
    serverTable(last),
  ]
  text = replaced(
    text,
    'figures',
    tables
      .filter(({ rows }) => rows.length > 0)
      .map(section)
      .join('\n\n'),
  )
  writeFileSync(page, text)
  writeFileSync(picture, chart(last))
}

const section = (table: Table) =>
  [`### ${table.title}`, markdownTable(table), ...(table.note ? [table.note] : [])].join('\n\n')

function describeRun({ at, commit, mode, machine, objects, cells }: Results, index: number): string {
  const checked = cells.reduce((total, cell) => total + cell.checked.changes, 0)
  const answers = cells.reduce((total, cell) => total + cell.answers, 0)
  return `${index + 1}. ${at.slice(0, 10)}, ${mode} run of commit ${commit}: ${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, ${machine.postgres}; ${objects.toLocaleString('en')} objects; ${answers.toLocaleString('en')} answers measured, ${checked.toLocaleString('en')} changes looked for in the database.`
}

/** Puts `content` between the markers of `name`. Throws if the page does not have them. */
function replaced(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- made by the bench: ${name} -->`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/performance.md has no markers for ${name}.`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}
