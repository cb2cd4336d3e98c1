// Prints the folders of a checkout's sources with their sizes, to compare them before and after a change:
//   node scripts/describe-structure.ts [folder of the checkout]
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cyclesIn } from './structure/cycles.ts'
import { functionsOf, type MeasuredFunction, medianLines } from './structure/functions.ts'
import { filesBelow, importsOf } from './structure/imports.ts'

const root = process.argv[2] ?? join(import.meta.dirname, '..')
const files = filesBelow(root, ['src'])
const functions = files.flatMap(file => functionsOf(root, file))
const folders = Map.groupBy(files, file => dirname(file).slice('src/'.length))

console.log('| Folder of `src/` | Files | Lines | Longest file | Longest function |\n| --- | ---: | ---: | --- | --- |')
for (const [folder, inside] of [...folders].toSorted(([one], [other]) => (one < other ? -1 : 1)))
  console.log(row(folder || '(itself)', inside))
console.log(row('all', files))
const cycles = cyclesIn(files.flatMap(file => importsOf(root, file)))
console.log(`\n${cycles.length} cycles${cycles.map(cycle => `\n- ${cycle.join(', ')}`).join('')}`)
console.log(
  `\nMedian of ${functions.length} functions: ${medianLines(functions)} lines; of those of more than one line: ` +
    `${medianLines(functions.filter(({ lines }) => lines > 1))}.`,
)

function row(folder: string, inside: readonly string[]): string {
  const lengths = inside.map(file => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
  const all = lengths.reduce((sum, { lines }) => sum + lines, 0)
  const file = longest(lengths)
  const own: MeasuredFunction | undefined = longest(functions.filter(({ file }) => inside.includes(file)))
  const shown = [
    folder,
    inside.length,
    all,
    file && `${file.lines} ${file.file.split('/').at(-1)}`,
    own ? `${own.lines} ${own.name}` : '',
  ]
  return `| ${shown.join(' | ')} |`
}

function longest<T extends { lines: number }>(all: readonly T[]): T | undefined {
  return all.toSorted((one, other) => other.lines - one.lines)[0]
}
