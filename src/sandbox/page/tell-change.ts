import type { FastifyReply } from 'fastify'
import type { Notice } from '../../web/notice.ts'
import type { CallRecord } from '../call-desk/call-record.ts'
import type { Issue } from '../world/records.ts'
import { Refusal } from '../world/refusal.ts'
import { issueAddress } from './addresses.ts'
import type { PageOptions } from './page-options.ts'

/** What a change did: the issue as it is now, and what its page says. */
type Done = { issue: Issue; text: string; next?: Notice['next'] }

/** Makes a change of an issue and leads back to its page, which says what was done, or why it was refused. */
export async function tellChange(
  reply: FastifyReply,
  { world, notices }: PageOptions,
  issue: Issue,
  change: () => Promise<Done>,
): Promise<FastifyReply> {
  let level: Notice['level'] = 'done'
  const done: Done = await change().catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    level = 'refused'
    return { issue, text: error.message }
  })
  await world.saved()
  const { text, next = 'notice' } = done
  return reply.redirect(notices.keep(issueAddress(done.issue.key), { level, text, next }), 303)
}

/** What came of a call, in a sentence. */
export function outcomeOf({ state, status, faults }: CallRecord, name: string): string {
  if (faults.includes('dropped')) return `The call to ${name} was dropped.`
  if (state === 'held') return `The call to ${name} is held back, to be overtaken.`
  if (state === 'unsent') return `${name} could not be called.`
  return status === undefined ? `${name} gave no answer.` : `${name} answered ${status}.`
}
