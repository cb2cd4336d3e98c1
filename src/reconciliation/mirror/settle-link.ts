import {
  type Answer,
  afterStep,
  atRest,
  type MirroredLink,
  type MirrorFailure,
  nextStep,
  type Step,
  stepAfterLook,
} from './protocol.ts'
import { type ClaimedIssue, takeStep } from './take-step.ts'

/** What is known of a link after a try. `outOfTime`: a step of it was not taken. */
export type Settled = {
  link: MirroredLink
  failure: MirrorFailure | undefined
  outOfTime: boolean
  /** Whether Tracker did something that it was asked for. */
  succeeded: boolean
}

/** Makes Tracker alike for one link that is claimed: by one step, and after a look by one more. */
export async function settleLink(issue: ClaimedIssue, remoteKey: string, link: MirroredLink): Promise<Settled> {
  const step = nextStep(link)
  if (step.kind === 'rest') return { link: atRest(link), failure: undefined, outOfTime: false, succeeded: false }
  const answer = await takeStep(issue, remoteKey, step)
  const settled = afterAnswer(link, step, answer)
  if (answer?.kind !== 'found') return settled
  const next = stepAfterLook(settled.link, answer.remoteLinkIds)
  if (next.kind === 'rest') return settled
  return afterAnswer(settled.link, next, await takeStep(issue, remoteKey, next))
}

function afterAnswer(link: MirroredLink, step: Step, answer: Answer | undefined): Settled {
  if (answer === undefined) return { link, failure: undefined, outOfTime: true, succeeded: false }
  return {
    link: afterStep(link, step, answer),
    failure: answer.kind === 'failed' ? answer.failure : undefined,
    outOfTime: false,
    succeeded: answer.kind !== 'failed' && answer.kind !== 'exists',
  }
}
