import { readStoredEvidence } from '../../storage/calls/probe-evidence.ts'
import { findProbe } from '../../storage/calls/probe-runs.ts'
import { listSightings } from '../../storage/calls/sightings.ts'
import type { Queries } from '../../storage/database/queries.ts'
import type { Evidence, Question } from './answer.ts'
import { countedValues } from './answer.ts'
import { encodingQuestion, failureQuestion, rhythmQuestion, tokenQuestion } from './call-questions.ts'
import {
  echoQuestion,
  listQuestion,
  movedQuestion,
  repeatedPostQuestion,
  suggestQuestion,
  versionQuestion,
} from './further-questions.ts'

/** What Tracker's documents leave open, in the order of the tracker contract. */
const questions: readonly Question[] = [
  tokenQuestion,
  failureQuestion,
  rhythmQuestion,
  encodingQuestion,
  echoQuestion,
  movedQuestion,
  repeatedPostQuestion,
  suggestQuestion,
  listQuestion,
  versionQuestion,
]

export type ReportedQuestion = {
  number: number
  question: string
  state: 'seen' | 'not seen yet'
  answer?: string
  evidence: readonly string[]
  /** What would show it. */
  toSee?: string
}

export type ProbeReport = {
  /** `never`: it was never on. */
  probe: 'on' | 'ended' | 'never'
  startedAt?: Date
  endsAt?: Date
  /** Calls that were seen; of more than 10,000 the first and the last 5,000 are looked at. */
  calls: number
  bodies: readonly string[]
  questions: readonly ReportedQuestion[]
}

/** What the probe of an application has seen. It names no issue, object, user, host or token, so that it can be shared. */
export async function probeReport(database: Queries, applicationId: string, now = Date.now()): Promise<ProbeReport> {
  const run = await findProbe(database, applicationId)
  const calls = await listSightings(database, applicationId)
  const since = run?.startedAt ?? new Date(now)
  const stored = await readStoredEvidence(database, applicationId, since)
  return {
    probe: run === undefined ? 'never' : run.endsAt.getTime() > now ? 'on' : 'ended',
    ...(run && { startedAt: run.startedAt, endsAt: run.endsAt }),
    calls: Number(run?.calls ?? 0),
    bodies: bodiesOf(calls),
    questions: questions.map((question, index) => reported(question, index + 1, { calls, stored, now })),
  }
}

function reported({ question, toSee, answer }: Question, number: number, evidence: Evidence): ReportedQuestion {
  const found = answer(evidence)
  return found === undefined
    ? { number, question, state: 'not seen yet', evidence: [], toSee }
    : { number, question, state: 'seen', ...found }
}

/** The shapes of the bodies, with how many calls had each. */
function bodiesOf(calls: Evidence['calls']): string[] {
  const shapes = calls.flatMap(({ call, body, contentType, parameters }) =>
    body === undefined
      ? parameters.length > 0
        ? [`${call}: parameters ${parameters.join(', ')}${contentType ? `, ${contentType}` : ''}`]
        : []
      : [
          `${call}: ${contentType ?? 'no content type'}, { ${body.fields.join(', ')} }, ${body.keys} keys, ${body.duplicates} of them twice`,
        ],
  )
  return shapes.length === 0 ? [] : countedValues(shapes).split(/(?<=\(\d+\)), /)
}
