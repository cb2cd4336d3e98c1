import type { SeenCall } from '../../storage/calls/sightings.ts'
import { countedValues, type Evidence, type Question, spread } from './answer.ts'

/** Milliseconds after a change of ours in which a call for the same link is taken for its echo. */
const echo = 60_000

export const echoQuestion: Question = {
  question: 'Does the removal of a remote link by API make Tracker call the application?',
  toSee: 'A removal through the mirror: `mirror: true`, and remove a link here that Tracker has.',
  answer: evidence => {
    const removed = echoesOf(evidence, 'removed', 'removeLink')
    const created = echoesOf(evidence, 'created', 'createLink')
    const all = [...removed, ...created]
    if (all.length === 0) return undefined
    const answer =
      removed.length > 0
        ? `Yes: ${removed.length} removals here were followed by a remove link call.`
        : 'Of a removal nothing was seen; creations here were followed by a create link call.'
    return {
      answer,
      evidence: [
        ...(removed.length > 0 ? [`remove link: ${spread(removed)} after the change`] : []),
        ...(created.length > 0 ? [`create link: ${created.length} calls, ${spread(created)} after the change`] : []),
      ],
    }
  },
}

function echoesOf({ calls, stored }: Evidence, kind: string, call: string): number[] {
  return stored.ours
    .filter(change => change.kind === kind)
    .flatMap(change => {
      const found = calls.find(
        seen =>
          seen.call === call &&
          seen.issueKey === change.issueKey &&
          seen.remoteKeys.includes(change.remoteKey) &&
          isWithin(seen, change.at),
      )
      return found === undefined ? [] : [found.at.getTime() - change.at.getTime()]
    })
}

const isWithin = ({ at }: SeenCall, since: Date) =>
  at.getTime() >= since.getTime() && at.getTime() - since.getTime() <= echo

export const movedQuestion: Question = {
  question: 'Which key does a call name after an issue was moved to another queue?',
  toSee: 'A create or remove link call for an issue that was moved: move one, then remove its link in Tracker.',
  answer: ({ calls, stored: { moved } }) => {
    const former = new Set(moved.map(({ alias }) => alias))
    const present = new Set(moved.map(({ issueKey }) => issueKey))
    const keys = calls.flatMap(({ call, issueKey }) => {
      if (issueKey === undefined) return []
      if (former.has(issueKey)) return [`${call} with the former key`]
      return present.has(issueKey) ? [`${call} with the present key`] : []
    })
    return keys.length === 0
      ? undefined
      : { answer: `${countedValues(keys)}.`, evidence: [`issues that are known to have moved: ${moved.length}`] }
  },
}

export const repeatedPostQuestion: Question = {
  question: 'What does Tracker answer if the same remote link is added again?',
  toSee: 'A request of the mirror for a link that Tracker has already; the mirror looks first, so this is rare.',
  answer: ({ stored: { refusedRepeats } }) =>
    refusedRepeats === 0
      ? undefined
      : {
          answer: 'It refuses the request (409 or 422).',
          evidence: [`links that Tracker refused as such that exist: ${refusedRepeats}`],
        },
}

export const suggestQuestion: Question = {
  question: 'Can users still link in Tracker itself, and does Tracker ask for suggestions?',
  toSee:
    'A call for suggestions at any address with `suggest` in it; whether the page of an issue offers to link is seen in Tracker.',
  answer: ({ stored: { suggestCalls } }) =>
    suggestCalls === 0
      ? undefined
      : { answer: 'It asked for suggestions.', evidence: [`calls to addresses with suggest in them: ${suggestCalls}`] },
}

/** Tracker's lists have pages of so many entries unless something else is asked for. */
const usualPage = 50

export const listQuestion: Question = {
  question: 'Does the list of the remote links of an issue come in pages?',
  toSee: `An issue with more than ${usualPage} links that the mirror or a reconciliation has read.`,
  answer: ({ stored: { longestList } }) =>
    longestList <= usualPage
      ? undefined
      : {
          answer: `A list was read whole with ${longestList} links.`,
          evidence: [`the longest list that both sides agree on: ${longestList} links of one issue`],
        },
}

export const versionQuestion: Question = {
  question: 'Does a change of a remote link raise the version of its issue, and is it in the changelog?',
  toSee:
    'Compare the `version` and the changelog of an issue in Tracker before and after the mirror adds a link; an issue that Tracker locks (423) shows it as well.',
  answer: ({ stored: { lockedIssues } }) =>
    lockedIssues === 0
      ? undefined
      : {
          answer: 'Probably it raises the version: Tracker has locked issues whose links were changed.',
          evidence: [`issues that Tracker edits no more (423): ${lockedIssues}`],
        },
}
