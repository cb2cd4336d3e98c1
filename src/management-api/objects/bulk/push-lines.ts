import type { Readable } from 'node:stream'
import type { ErrorCode } from '../../../errors/catalogue.ts'
import type { PutObject } from '../../../storage/objects/put-objects.ts'
import { answerLines, type BulkCounts, type BulkItem, noCounts, readItem } from './bulk-items.ts'
import { nextChunk } from './next-chunk.ts'
import type { PutMany } from './put-patiently.ts'
import { type Line, lineSplitter } from './split-lines.ts'

/** Lines that are stored and answered together, and bytes of them, at most. */
const batchLines = 250
const batchBytes = 1024 * 1024
/** Batches in the database at once, so that one is read and checked while another is stored. */
const mostFlights = 2
/** Milliseconds without new lines after which those that are there are stored: the caller may wait for their answers. */
const patience = 50

/** Why a push ended before its stream did: lines from `resumeAtLine` on were not looked at. */
export type Stopped = { code: ErrorCode | 'server-stopping'; detail: string; resumeAtLine: number }

type Batch = { items: BulkItem[]; objects: PutObject[]; keys: Set<string>; bytes: number }
type Flight = { keys: ReadonlySet<string>; done: Promise<void> }

/**
 * Stores the objects of a stream of lines, and hands on an answer to each line, in their order. What concerns one key is
 * done in the order of its lines. Ends early, and says so, where the database fails, and where `stop` aborts. Throws where
 * the stream breaks off, once all that was begun is done.
 */
export async function pushLines(
  stream: Readable,
  work: { put: PutMany; answer: (text: string) => Promise<void>; stop: AbortSignal },
): Promise<{ counts: BulkCounts; stopped?: Stopped }> {
  const counts = noCounts()
  const flights: Flight[] = []
  let batch = emptyBatch()
  let answered: Promise<void> = Promise.resolve()
  let lastLine = 0
  let failure: Omit<Stopped, 'resumeAtLine'> | undefined

  const isOver = () => {
    if (!failure && work.stop.aborted)
      failure = { code: 'server-stopping', detail: 'The server stops; send the rest again.' }
    return failure !== undefined
  }
  const fly = async ({ items, objects }: Batch, before: Promise<void>) => {
    const outcome = await work.put(objects)
    if ('failure' in outcome) failure ??= outcome.failure
    await before
    await work.answer(answerLines(items, 'results' in outcome ? outcome.results : undefined, counts))
  }
  /** Sends the batch off, once there is room and nothing under way has a key of it. */
  const launch = async () => {
    while (flights.length === mostFlights || flights.some(({ keys }) => !keys.isDisjointFrom(batch.keys)))
      await (flights.shift() as Flight).done
    const last = batch.items.at(-1)
    if (!last || isOver()) return
    answered = fly(batch, answered)
    flights.push({ keys: batch.keys, done: answered })
    lastLine = last.line
    batch = emptyBatch()
  }
  const take = async (line: Line) => {
    const item = readItem(line)
    if ('object' in item) {
      if (batch.keys.has(item.object.key)) await launch()
      batch.objects.push(item.object)
      batch.keys.add(item.object.key)
    }
    batch.items.push(item)
    batch.bytes += 'text' in line ? line.text.length : 0
    if (batch.items.length >= batchLines || batch.bytes >= batchBytes) await launch()
  }
  const takeAll = async (lines: readonly Line[]) => {
    for (const line of lines) {
      if (isOver()) return
      await take(line)
    }
  }

  const splitter = lineSplitter()
  try {
    while (!isOver()) {
      const chunk = await nextChunk(stream, patience)
      if (chunk === 'end') {
        await takeAll(splitter.end())
        await launch()
        break
      }
      if (chunk === 'quiet') await launch()
      else await takeAll(splitter.push(chunk))
    }
  } finally {
    await answered
  }
  return failure ? { counts, stopped: { ...failure, resumeAtLine: lastLine + 1 } } : { counts }
}

const emptyBatch = (): Batch => ({ items: [], objects: [], keys: new Set(), bytes: 0 })
