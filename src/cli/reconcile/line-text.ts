import type { PlanLine, PlanRepair } from '../../reconciliation/compare/plan-line.ts'
import { counted, shown, visible } from '../terminal-text.ts'

/** A difference in words: what it is, why, and what a repair does. */
export function lineText(line: PlanLine): string {
  const { issueKey, remoteKey, kind, why, formerKey, detail, repair } = line
  const about = [issueKey, ...(remoteKey === undefined ? [] : [shown(remoteKey, 80)])].join('  ')
  const moved = formerKey === undefined ? '' : ` (it was ${formerKey})`
  const said = detail === undefined ? '' : ` ${visible(detail)}`
  const does = repair === undefined ? '' : ` -> ${repairText(repair)}`
  return `${about}  ${kindTexts[kind]}: ${whyTexts[why]}${moved}${said}${does}`
}

const kindTexts: Record<PlanLine['kind'], string> = {
  'only-here': 'only here',
  'only-in-tracker': 'only in Tracker',
  doubled: 'doubled',
  moved: 'moved',
  unreadable: 'unreadable',
}

const whyTexts: Record<PlanLine['why'], string> = {
  agreed: 'both sides agree',
  'linked-twice-in-tracker': 'Tracker has several links to the same object',
  'removal-in-tracker-got-lost': 'it was removed in Tracker, and that did not arrive here',
  'not-mirrored-yet': 'it was created here, and Tracker does not have it yet',
  'removal-not-mirrored': 'it was removed here, and Tracker still has it',
  'creation-in-tracker-got-lost': 'it was created in Tracker, and that did not arrive here',
  'issue-was-moved': 'the issue was moved to another queue, and there are links under its former key',
  'issue-unknown': 'Tracker shows no such issue',
  'rights-missing': 'the token may not read the issue',
  'request-failed': 'Tracker failed at this issue',
  'key-not-usable': 'Tracker has a link to an object whose key cannot be stored here',
}

function repairText(repair: PlanRepair): string {
  switch (`${repair.side} ${repair.action}`) {
    case 'here create':
      return 'create it here'
    case 'here remove':
      return 'remove it here'
    case 'here move':
      return 'give its links to the present key'
    case 'tracker add':
      return 'add it in Tracker'
    default:
      return `remove ${'remoteLinkIds' in repair ? counted(repair.remoteLinkIds.length, 'remote link') : 'it'} in Tracker`
  }
}

const outcomeTexts: Record<string, string> = {
  done: 'done',
  stale: 'left alone: it has changed since the plan was made',
  capped: 'left alone: as many repairs were made as may be; --most-repairs and --most-per-issue say how many',
  unreadable: 'left alone: Tracker did not show the issue',
  waiting: 'waits: the mirror goes on with it',
  failed: 'failed',
}

/** What became of a line. */
export const outcomeText = ({ issueKey, remoteKey, number }: PlanLine, outcome: string): string =>
  `line ${number}, ${[issueKey, ...(remoteKey === undefined ? [] : [shown(remoteKey, 80)])].join('  ')}: ${outcomeTexts[outcome] ?? outcome}`

const countTexts: readonly (readonly [name: string, text: string])[] = [
  ['same', 'same'],
  ['onlyHere', 'only here'],
  ['onlyInTracker', 'only in Tracker'],
  ['doubled', 'doubled'],
  ['moved', 'moved'],
  ['unreadable', 'unreadable'],
  ['busy', 'just being changed'],
]
const outcomeCounts: readonly (readonly [name: string, text: string])[] = [
  ['repaired', 'repaired'],
  ['stale', 'changed since'],
  ['capped', 'above the cap'],
  ['waiting', 'left to the mirror'],
  ['failed', 'failed'],
]

/** `2 issues: 3 same, 1 only here`, and what was repaired. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const number = (name: string) => counts[name] ?? 0
  const texts = (some: typeof countTexts, always: string) =>
    some
      .filter(([name]) => name === always || number(name) > 0)
      .map(([name, text]) => `${number(name).toLocaleString('en-US')} ${text}`)
      .join(', ')
  const compared =
    counts.issues === undefined ? [] : [`${counted(counts.issues, 'issue')}: ${texts(countTexts, 'same')}`]
  const repaired = counts.repaired === undefined ? [] : [`Repairs: ${texts(outcomeCounts, 'repaired')}`]
  return [...compared, ...repaired].map(text => `${text}.`).join(' ')
}
