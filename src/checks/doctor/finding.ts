import { type FindingCode, findings, type Group, type Severity } from './catalogue.ts'

/** What the doctor found, of an application or, without one, of all. Nothing in it is secret. */
export type Finding = {
  code: FindingCode
  /** How it is here, after the code: `the token is refused since 02:14`. A few words, and no end. */
  says: string
  /** One command to copy, or one sentence if no command helps. */
  next: string
  /** Lines that show it: what was sent, what came, when. */
  evidence: readonly string[]
  applicationId?: string
  issueKey?: string
  remoteKey?: string
  /** What does not work because of it, if that is less than the catalogue says. */
  groups?: readonly Group[]
  /** The card is shown all the same, as it was before. */
  isShownOld?: boolean
  /** Since when, as far as that is known. */
  since?: Date
}

export const severityOf = ({ code }: Finding): Severity => findings[code].severity
export const groupsOf = ({ code, groups = findings[code].groups }: Finding): readonly Group[] => groups

/** The state of an application of which this was found, what should be mended first before all else. */
export const stateOf = ([worst]: readonly Finding[]): string =>
  worst === undefined ? 'healthy' : findings[worst.code].state
