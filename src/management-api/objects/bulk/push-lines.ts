import type { Readable } from 'node:stream'
import type { ErrorCode } from '../../../errors/catalogue.ts'
import type { PutObject } from '../../../storage/objects/put-objects.ts'
import { type Line, type LineRules, lastLine, lineSplitter, pushChunk } from '../../../values/split-lines.ts'
import { answerLines, type BulkCounts, type BulkItem, noCounts, readItem } from './bulk-items.ts'
import { nextChunk } from './next-chunk.ts'
import type { PutMany } from './put-with-retry.ts'

/** The longest line is many times as long as a card may be. */
const lineRules: LineRules = {
  maxBytes: 64 * 1024,
  tooLong: {
    field: 'line',
    rule: 'is longer than 64 KiB',
    hint: 'Send one object per line; no field of a card is that long.',
  },
  notUtf8: { field: 'line', rule: 'must be UTF-8', hint: 'Write the line in UTF-8.' },
}

/** Lines that are stored and answered together, and their length as text, at most. */
const batchLines = 250
const batchLength = 1024 * 1024
/** Batches in flight at once, so that one is read and checked while another is stored. */
const mostFlights = 2
/** If no line comes for so long, those that have come are stored: the caller may be waiting for their answers. */
const quietMs = 50

/** Why a push ended before its stream did: lines from `resumeAtLine` on were not processed. */
export type Stopped = { code: ErrorCode | 'server-stopping' | 'answers-unread'; detail: string; resumeAtLine: number }

/** `answer` is false if the caller does not read its answers. */
type Work = { put: PutMany; answer: (text: string) => Promise<boolean>; stop: AbortSignal }
type Batch = { items: BulkItem[]; objects: PutObject[]; keys: Set<string>; length: number }
/** A push: the batch being filled, those in flight, and how far it is. */
type Push = Work & {
  counts: BulkCounts
  batch: Batch
  flights: { keys: ReadonlySet<string>; done: Promise<void> }[]
  /** Resolves once every batch that was sent off has been answered. */
  answered: Promise<void>
  /** The last line that was sent off. */
  lastLine: number
  failure: Omit<Stopped, 'resumeAtLine'> | undefined
}

/**
 * Stores the objects of a stream of lines and answers each line, in order. Lines with the same key are stored in the order in
 * which they come. Ends early, and says so, if the database fails or `stop` aborts. If the stream breaks off, throws once
 * everything in flight is done.
 */
export async function pushLines(stream: Readable, work: Work): Promise<{ counts: BulkCounts; stopped?: Stopped }> {
  const push: Push = {
    ...work,
    counts: noCounts(),
    batch: emptyBatch(),
    flights: [],
    answered: Promise.resolve(),
    lastLine: 0,
    failure: undefined,
  }
  try {
    await readAll(push, stream)
  } finally {
    await push.answered
  }
  const { counts, failure, lastLine } = push
  return failure ? { counts, stopped: { ...failure, resumeAtLine: lastLine + 1 } } : { counts }
}

async function readAll(push: Push, stream: Readable): Promise<void> {
  const splitter = lineSplitter(lineRules)
  while (!isOver(push)) {
    const chunk = await nextChunk(stream, quietMs)
    if (chunk === 'end') {
      await takeAll(push, lastLine(splitter))
      await launch(push)
      return
    }
    if (chunk === 'quiet') await launch(push)
    else await takeAll(push, pushChunk(splitter, chunk))
  }
}

function isOver(push: Push): boolean {
  if (!push.failure && push.stop.aborted)
    push.failure = { code: 'server-stopping', detail: 'The server is stopping; send the rest again.' }
  return push.failure !== undefined
}

async function takeAll(push: Push, lines: readonly Line[]): Promise<void> {
  for (const line of lines) {
    if (isOver(push)) return
    await take(push, line)
  }
}

async function take(push: Push, line: Line): Promise<void> {
  const item = readItem(line)
  if ('object' in item) {
    if (push.batch.keys.has(item.object.key)) await launch(push)
    push.batch.objects.push(item.object)
    push.batch.keys.add(item.object.key)
  }
  const { batch } = push
  batch.items.push(item)
  batch.length += 'text' in line ? line.text.length : 0
  if (batch.items.length >= batchLines || batch.length >= batchLength) await launch(push)
}

/** Sends the batch off, once there is room and no batch in flight has one of its keys. */
async function launch(push: Push): Promise<void> {
  const { batch, flights } = push
  for (let first = flights[0]; first && !mayLaunch(push); first = flights[0]) {
    flights.shift()
    await first.done
  }
  const last = batch.items.at(-1)
  if (!last || isOver(push)) return
  push.answered = fly(push, batch, push.answered)
  flights.push({ keys: batch.keys, done: push.answered })
  push.lastLine = last.line
  push.batch = emptyBatch()
}

const mayLaunch = ({ batch, flights }: Push) =>
  flights.length < mostFlights && flights.every(({ keys }) => keys.isDisjointFrom(batch.keys))

/** Stores a batch, and answers it after those before it. */
async function fly(push: Push, { items, objects }: Batch, before: Promise<void>): Promise<void> {
  const outcome = await push.put(objects)
  if ('failure' in outcome) push.failure ??= outcome.failure
  await before
  const answers = answerLines(items, 'results' in outcome ? outcome.results : undefined, push.counts)
  if (!(await push.answer(answers)) && !isOver(push)) push.failure = unread
}

const unread = {
  code: 'answers-unread',
  detail: 'The answers were not read while the lines were sent: read them, and send the rest again.',
} as const

const emptyBatch = (): Batch => ({ items: [], objects: [], keys: new Set(), length: 0 })
