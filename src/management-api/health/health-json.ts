import { findings as catalogue } from '../../checks/doctor/catalogue.ts'
import { type Finding, groupsOf, severityOf } from '../../checks/doctor/finding.ts'
import { pageOf } from '../../checks/doctor/verdict.ts'
import type { MirrorReport } from '../../reconciliation/mirror/mirror-report.ts'
import type { LastHour } from '../../storage/calls/last-hour.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'

const moment = (description: string) => ({ type: 'string', description: `${description}, in Tracker's form.` }) as const

const finding = {
  type: 'object',
  required: ['code', 'state', 'severity', 'groups', 'says', 'next', 'evidence', 'page'],
  properties: {
    code: { type: 'string', description: 'A stable code: `TLK-C12`.' },
    state: { type: 'string', description: 'The state of an application that has it.' },
    severity: {
      enum: ['must', 'warning', 'unknown'],
      description:
        '`must`: somebody must act; `warning`: it works, and may not for long; `unknown`: nobody could look.',
    },
    groups: {
      type: 'array',
      items: { enum: ['card', 'create', 'remove', 'register', 'agree'] },
      description: 'What does not work because of it.',
    },
    says: { type: 'string', description: 'How it is here.' },
    next: { type: 'string', description: 'One command to copy, or one sentence.' },
    evidence: { type: 'array', items: { type: 'string' }, description: 'What shows it.' },
    since: moment('Since when, if that is known'),
    page: { type: 'string', description: 'Where it is explained, in the documentation.' },
  },
} as const

const lastHour = {
  type: 'object',
  required: ['calls', 'errors'],
  description: 'The calls of Tracker in the last hour.',
  properties: {
    calls: { type: 'integer', description: 'How many there were.' },
    errors: { type: 'integer', description: 'Those answered 5xx.' },
    p50: { type: 'number', description: 'Milliseconds in which half of them were answered.' },
    p99: { type: 'number', description: 'Milliseconds in which 99 of 100 were answered.' },
    lastAt: moment('The last call in the request log, also an older one'),
    lastGoodAt: moment('The last one that was answered below 400'),
  },
} as const

const backlog = {
  type: 'object',
  required: ['waiting', 'failed'],
  description: 'What waits to be sent to Tracker; only if the application has an organization.',
  properties: {
    waiting: { type: 'integer', description: 'Links; 100000 stands for that many or more.' },
    failed: { type: 'integer', description: 'Those whose last try failed.' },
    oldestSince: moment('When the one that has waited longest changed'),
  },
} as const

export const healthSchema = {
  title: 'Health',
  type: 'object',
  required: ['state', 'findings', 'lastHour', 'lookedAt'],
  properties: {
    state: { type: 'string', description: '`healthy`, or the state of the first finding: `token refused`.' },
    since: moment('Since when it is in this state, if that is known'),
    findings: { type: 'array', items: finding, description: 'What should be mended first is first.' },
    lastHour,
    backlog,
    lookedAt: moment('When this was looked at: it may be two seconds old'),
  },
} as const

/** A field with a moment, or none. */
export const momentField = (name: string, date: Date | null | undefined) =>
  date ? { [name]: formatTrackerDate(date) } : {}

export const findingJson = (one: Finding) => ({
  code: one.code,
  state: catalogue[one.code].state,
  severity: severityOf(one),
  groups: groupsOf(one),
  says: one.says,
  next: one.next,
  evidence: one.evidence,
  ...momentField('since', one.since),
  page: pageOf(one),
})

export const lastHourJson = ({ calls, errors, p50, p99, lastAt, lastGoodAt }: LastHour) => ({
  calls,
  errors,
  ...(p50 !== null && { p50 }),
  ...(p99 !== null && { p99 }),
  ...momentField('lastAt', lastAt),
  ...momentField('lastGoodAt', lastGoodAt),
})

export const backlogJson = ({ waiting, failed, oldest }: MirrorReport) => ({
  waiting,
  failed,
  ...momentField('oldestSince', oldest),
})
