import type { Fault } from '../../../errors/problem.ts'
import { isWhole } from '../../../linked-objects/check-card.ts'
import { checkPush, pushTable } from '../../../linked-objects/pushed/check-push.ts'
import type { PutObject, PutResult } from '../../../storage/objects/put-objects.ts'
import { cellsOfText, jsonFields, withFormFaults } from '../../../values/json-cells.ts'
import type { Line } from '../../../values/split-lines.ts'

/** A line with its object, or with its faults and, if it could be read, its key. */
export type BulkItem = { line: number } & (
  | { object: PutObject }
  | { key?: string | undefined; faults: readonly Fault[] }
)

/** What became of lines: how many were read, and how many had each result. */
export type BulkCounts = Record<'lines' | 'accepted' | 'unchanged' | 'stale' | 'rejected' | 'failed', number>

export const noCounts = (): BulkCounts => ({
  lines: 0,
  accepted: 0,
  unchanged: 0,
  stale: 0,
  rejected: 0,
  failed: 0,
})

const fields = jsonFields(pushTable)

export function readItem(line: Line): BulkItem {
  if ('faults' in line) return line
  const read = cellsOfText(fields, line.text)
  const object = withFormFaults(read, checkPush)
  if (!('faults' in object)) return { line: line.line, object }
  const { key } = read.cells
  return {
    line: line.line,
    key: typeof key === 'string' || isWhole(key) ? String(key) : undefined,
    faults: object.faults,
  }
}

const told = { created: 'accepted', changed: 'accepted', unchanged: 'unchanged', stale: 'stale' } as const

/** The answers to items, one line each, and counts them. Without results their objects have failed. */
export function answerLines(items: readonly BulkItem[], results: readonly PutResult[] | undefined, counts: BulkCounts) {
  let answer = ''
  let stored = 0
  for (const item of items) {
    counts.lines++
    if ('object' in item) {
      const result = results ? told[results[stored++] as PutResult] : 'failed'
      counts[result]++
      answer += `{"line":${item.line},"key":${JSON.stringify(item.object.key)},"result":"${result}"}\n`
    } else {
      counts.rejected++
      const { line, key, faults: errors } = item
      answer += `${JSON.stringify({ line, key, result: 'rejected', errors })}\n`
    }
  }
  return answer
}
