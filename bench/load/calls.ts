import { keysPerIssue, linkedKeys, objectKey, shuffled } from './data.ts'
import type { Cursor, Job, Work } from './job.ts'
import { seeded, zipf } from './zipf.ts'

/** One call to make: a card to ask for, or links of one issue to create (again), or a link to remove. */
export type Call =
  | { kind: 'info'; object: number }
  | { kind: 'create' | 'repeat' | 'remove'; issueKey: string; remoteKeys: string[] }

/** Returns the calls of a job one by one, then undefined when the work is used up. Advances the cursor. */
export function callsOf(job: Job, cursor: Cursor): () => Call | undefined {
  const { objects, preload } = job
  const random = seeded(cursor.asked + cursor.created + job.connections)
  const rank = zipf(objects, random)
  const some = {
    // Ranks are spread over the keys: the most wanted objects are not neighbours in the index.
    info: (): Call => ({ kind: 'info', object: shuffled(rank(), objects) }),
    once: (): Call | undefined =>
      cursor.asked < objects ? { kind: 'info', object: shuffled(cursor.asked++, objects) } : undefined,
    create: (count: number): Call => {
      const n = ++cursor.created
      return { kind: 'create', issueKey: `NEW-${n}`, remoteKeys: linkedKeys(n, count, objects) }
    },
    repeat: (count: number): Call => {
      const n = 1 + (cursor.asked++ % preload.repeatable)
      return { kind: 'repeat', issueKey: `OLD-${n}`, remoteKeys: linkedKeys(n, count, objects) }
    },
    remove: (): Call | undefined => {
      if (cursor.removed >= preload.removable) return undefined
      const n = ++cursor.removed
      return { kind: 'remove', issueKey: `GONE-${n}`, remoteKeys: [objectKey(n % objects)] }
    },
  }
  const mixed = () => {
    const part = random()
    if (part < 0.9) return some.info()
    return part < 0.98 ? some.create(1) : some.remove()
  }
  const nextOf: Record<Work, () => Call | undefined> = {
    info: some.info,
    'info-once': some.once,
    'create-1': () => some.create(1),
    'create-50': () => some.create(keysPerIssue),
    'repeat-1': () => some.repeat(1),
    'repeat-50': () => some.repeat(keysPerIssue),
    remove: some.remove,
    mix: mixed,
  }
  return nextOf[job.work]
}
