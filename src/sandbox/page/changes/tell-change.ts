import type { FastifyReply } from 'fastify'
import type { Notice } from '../../../web/notice.ts'
import type { CallRecord } from '../../call-desk/call-record.ts'
import type { Issue } from '../../world/records.ts'
import { Refusal } from '../../world/refusal.ts'
import { issueAddress } from '../addresses.ts'
import type { PageOptions } from '../page-options.ts'

/**
 * What a change did: the issue as it is now, and what its page says. The level is `refused` if the application did not take
 * the change that Tracker made.
 */
type Done = { issue: Issue; text: string; level?: Notice['level']; next?: Notice['next'] }

/** Makes a change of an issue and leads back to its page, which says what was done, or why it was refused. */
export async function tellChange(
  reply: FastifyReply,
  { world, notices }: PageOptions,
  issue: Issue,
  change: () => Promise<Done>,
): Promise<FastifyReply> {
  const done: Done = await change().catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    return { issue, text: error.message, level: 'refused' }
  })
  await world.saved()
  const { text, level = 'done', next = 'notice' } = done
  return reply.redirect(notices.keep(issueAddress(done.issue.key), { level, text, next }), 303)
}

/** What Tracker has done, such as `1 is linked`, and what came of the call about it. */
export function outcomeOf(
  done: string,
  { state, status, faults, findings }: CallRecord,
  name: string,
): Pick<Done, 'text' | 'level'> {
  if (faults.includes('dropped')) return { text: `${done}. The call to ${name} was dropped.` }
  if (state === 'held') return { text: `${done}. The call to ${name} is held back, to be overtaken.` }
  const [{ field, rule } = { field: 'it', rule: 'could not be written' }] = findings
  if (state === 'unsent') return { text: `${done}. ${name} was not called: ${field} ${rule}.` }
  if (status === undefined)
    return { level: 'refused', text: `${done} in Tracker, but ${name} gave no answer: the ${field} ${rule}.` }
  if (status >= 200 && status <= 299) return { text: `${done}. ${name} answered ${status}.` }
  return { level: 'refused', text: `${done} in Tracker, but ${name} ${refusalWords(status)}: it answered ${status}.` }
}

function refusalWords(status: number): string {
  if (status === 401 || status === 403) return 'refused the token'
  if (status >= 500) return 'failed'
  return status >= 400 ? 'refused it' : 'did not take it'
}
