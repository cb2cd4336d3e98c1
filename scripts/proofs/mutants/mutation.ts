import { parseSync } from 'oxc-parser'
import { changesOf } from './changes.ts'
import { sqlChangesOf } from './sql-changes.ts'
import { asNode, type Change, type Node } from './syntax.ts'

/** A small fault of a file, with `change` in words. `code` is its line, which names the place whatever its number becomes. */
export type Mutation = Change & { file: string; line: number; change: string; code: string }

/** Every mutation of a file: types are left alone, because nothing of them runs. */
export function mutationsOf(file: string, text: string): Mutation[] {
  const changes = [...changesBelow(asNode(parseSync(file, text).program), undefined, text)]
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const seen = new Map<string, number>()
  return changes
    .filter(({ start, end, replacement }) => text.slice(start, end) !== replacement)
    .map(change => {
      const line = lineStarts.findLastIndex(start => start <= change.start) + 1
      const code = text.slice(lineStarts[line - 1], lineStarts[line] ?? text.length).trim()
      const what = shown(text.slice(change.start, change.end), change.replacement)
      const times = (seen.get(`${line} ${what}`) ?? 0) + 1
      seen.set(`${line} ${what}`, times)
      return { file, line, ...change, code, change: times > 1 ? `${what} (${times})` : what }
    })
}

/** The file with its fault. */
export const mutated = (text: string, { start, end, replacement }: Change): string =>
  `${text.slice(0, start)}${replacement}${text.slice(end)}`

/** Whether the file with its fault is still a program: one that is none would be caught by anything. */
export const isProgram = (text: string, mutation: Mutation): boolean =>
  parseSync(mutation.file, mutated(text, mutation)).errors.length === 0

function* changesBelow(node: Node, parent: Node | undefined, text: string): Generator<Change> {
  if (isLeftAlone(node)) return
  yield* changesOf(node, parent, text)
  yield* sqlChangesOf(node, text)
  for (const [name, value] of Object.entries(node)) {
    if (isWords(node, name)) continue
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) yield* changesBelow(child, node, text)
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

/** What does not run: types, and what only names modules. */
function isLeftAlone({ type }: Node): boolean {
  const isExpression = ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'].includes(type)
  return (
    (type.startsWith('TS') && !isExpression) ||
    type === 'ImportDeclaration' ||
    (type.startsWith('Export') && type.endsWith('AllDeclaration'))
  )
}

/** Texts for people under these names: their wording is not what tests hold. */
const wordy = new Set(['description', 'summary', 'details', 'examples', 'hint', 'title', 'rule', 'operationId', 'tags'])

const isWords = (node: Node, name: string) =>
  node.type === 'Property' && name === 'value' && wordy.has(String((node.key as { name?: string }).name))

function shown(from: string, to: string): string {
  if (to === '' || to === ';') return `${short(from)} left out`
  // Such as `await` before what it waits for.
  return from.endsWith(to) ? `${short(from.slice(0, -to.length))} left out` : `${short(from)} → ${short(to)}`
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-25)}` : line
}
