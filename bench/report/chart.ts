import type { Work } from '../load/job.ts'
import type { Cell, Results } from '../measure/results.ts'
import { type ProgramName, programNames, programs } from '../world/programs.ts'
import { workNames } from './tables.ts'

const charted: readonly Work[] = ['info', 'info-once', 'create-1', 'create-50', 'remove', 'mix']

// Colours that are easy to distinguish, and to read on white as well as on black.
const colours: Record<ProgramName, string> = {
  ours: '#2f81f7',
  raw: '#6e7681',
  bare: '#8b949e',
  byHand: '#3fb950',
  express: '#d29922',
  generated: '#db61a2',
}
const text = '#808890'
const size = { width: 760, names: 190, bars: 400, bar: 15, gap: 4, group: 34 }

/** A bar chart (SVG): calls per second with 32 connections, of each program and work, as multiples of Fastify + pg by hand. */
export function chart({ cells }: Results): string {
  const groups = charted
    .map(work => cells.filter(cell => cell.work === work && cell.connections === 32 && cell.rate === undefined))
    // They are the limit for cards. For changes a program without a database is no yardstick, and its bars would dwarf the others.
    .map(group => group.filter(cell => (cell.program !== 'bare' && cell.program !== 'raw') || cell.work === 'info'))
    .filter(group => group.some(isByHand))
  const most = Math.max(...groups.flatMap(group => group.map(cell => ratio(cell, group))))
  let y = 30
  const parts: string[] = [label(0, 16, 'Calls per second, 32 connections: multiples of Fastify + pg by hand', 'bold')]
  for (const group of groups) {
    y += size.group - 14
    parts.push(label(0, y, workNames[group[0]?.work ?? 'info'], 'bold'))
    y += 8
    for (const cell of inOrder(group)) {
      parts.push(bar(y, cell, ratio(cell, group), most))
      y += size.bar + size.gap
    }
  }
  const height = y + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img" aria-label="Calls per second of each program, relative to Fastify and pg by hand" font-family="system-ui, sans-serif" font-size="12" fill="${text}">
${parts.join('\n')}
</svg>
`
}

const isByHand = (cell: Cell) => cell.program === 'byHand'
const inOrder = (group: readonly Cell[]) => programNames.flatMap(name => group.filter(cell => cell.program === name))

function ratio(cell: Cell, group: readonly Cell[]): number {
  return cell.perSecond.median / (group.find(isByHand)?.perSecond.median ?? Number.NaN)
}

function bar(y: number, { program, perSecond }: Cell, multiple: number, most: number): string {
  const width = Math.max(1, (multiple / most) * size.bars)
  const value = `${multiple.toFixed(2)} × (${Math.round(perSecond.median).toLocaleString('en')}/s)`
  return [
    label(10, y + 12, programs[program].label),
    `<rect x="${size.names}" y="${y}" width="${width.toFixed(1)}" height="${size.bar}" rx="2" fill="${colours[program]}"/>`,
    label(size.names + width + 6, y + 12, value),
  ].join('')
}

const label = (x: number, y: number, content: string, weight = 'normal'): string =>
  `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}">${escaped(content)}</text>`

const escaped = (content: string): string => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
