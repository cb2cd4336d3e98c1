import type { SeenCall } from '../../storage/calls/sightings.ts'
import { usualPage } from '../../storage/calls/tracker-answers.ts'
import { countedValues, type Evidence, type Question, spread } from './answer.ts'

/** Milliseconds after a change of ours in which a call for the same link is taken for its echo. */
const echo = 60_000

export const echoQuestion: Question = {
  question: 'Does the removal of a remote link by API make Tracker call the application?',
  toSee: 'A removal through the mirror: `mirror: true`, and remove a link here that Tracker has.',
  answer: evidence => {
    const removed = echoesOf(evidence, 'removed', 'removeLink')
    const created = echoesOf(evidence, 'created', 'createLink')
    const sent = evidence.stored.answers.removed ?? 0
    const answer =
      removed.length > 0
        ? `Yes: ${removed.length} removals here were followed by a remove link call.`
        : noEcho(evidence, sent, created.length)
    if (answer === undefined) return undefined
    return {
      answer,
      evidence: [
        ...(sent > 0 ? [`removals that the mirror made in Tracker: ${sent}`] : []),
        ...(removed.length > 0 ? [`remove link: ${spread(removed)} after the change`] : []),
        ...(created.length > 0 ? [`create link: ${created.length} calls, ${spread(created)} after the change`] : []),
      ],
    }
  },
}

/** Not before the last removal here is so old that its echo would have come. */
function noEcho({ stored, now }: Evidence, sent: number, created: number): string | undefined {
  const isOver = !stored.ours.some(({ kind, at }) => kind === 'removed' && now - at.getTime() <= echo)
  if (sent > 0 && isOver)
    return `No: none of ${sent} removals in Tracker was followed by a remove link call within a minute.`
  return created === 0
    ? undefined
    : 'Of a removal nothing was seen; creations here were followed by a create link call.'
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
  toSee:
    'The mirror adds a link that Tracker has already: link an object in Tracker and here at the same moment. A link that is there twice shows it as well.',
  answer: ({ stored: { answers } }) => {
    const found = answers['repeat found'] ?? 0
    const twice = answers['second link'] ?? 0
    const statuses = ([409, 422] as const).flatMap(status => {
      const times = answers[`repeat ${status}`]
      return times === undefined ? [] : [`${status} (${times})`]
    })
    const refuses = found > 0 && statuses.length > 0 ? [`refuses the second one with ${statuses.join(', ')}`] : []
    const takes = twice > 0 ? ['takes the second one as another link'] : []
    if (refuses.length + takes.length === 0) return undefined
    return {
      answer: `It ${[...refuses, ...takes].join(', and ')}.`,
      evidence: [
        ...(refuses.length > 0 ? [`refused additions whose link was in Tracker's list afterwards: ${found}`] : []),
        ...(takes.length > 0 ? [`times that a list had a link twice, with the same relationship: ${twice}`] : []),
      ],
    }
  },
}

export const suggestQuestion: Question = {
  question: 'Can users still link in Tracker itself, and does Tracker ask for suggestions?',
  toSee:
    'A call for suggestions at any address with `suggest` in it; whether the page of an issue offers to link is seen in Tracker.',
  answer: ({ stored: { suggestCalls } }) =>
    suggestCalls.length === 0
      ? undefined
      : { answer: 'It asked for suggestions.', evidence: [countedValues(suggestCalls.map(formOf))] },
}

/** The method, and the names in the query. */
function formOf({ method, path }: { method: string; path: string }): string {
  const names = (path.split('?', 2)[1] ?? '').split('&').map(one => one.replace(/=.*$/, ''))
  return `${method} ${names[0] === '' ? 'without a query' : `with ${names.join(', ')}`}`
}

export const listQuestion: Question = {
  question: 'Does the list of the remote links of an issue come in pages?',
  toSee: `An issue with more than ${usualPage} links in Tracker that the mirror or a comparison (\`tracker-links reconcile\`) reads.`,
  answer: ({ stored: { answers } }) => {
    const [paged, whole] = [answers['list in pages'] ?? 0, answers['list whole'] ?? 0]
    if (paged + whole === 0) return undefined
    const both = 'Some lists come in pages, others whole.'
    return {
      answer: paged === 0 ? 'It comes whole.' : whole === 0 ? 'It comes in pages.' : both,
      evidence: [`lists of more than ${usualPage} links: ${paged} in pages, ${whole} whole`],
    }
  },
}

export const versionQuestion: Question = {
  question:
    'Does a change of a remote link raise the version of its issue, is it in the changelog, and does it fire triggers?',
  toSee:
    'Compare the `version` and the changelog of an issue in Tracker before and after the mirror adds a link; an issue that Tracker locks (423) shows it as well. A trigger that calls this server (`calls list --call trigger`) shows the last.',
  answer: ({ stored: { lockedIssues } }) =>
    lockedIssues === 0
      ? undefined
      : {
          answer:
            'Probably: it refuses links of an issue that has reached its highest version (423), as it refuses edits.',
          evidence: [`issues whose links Tracker changes no more (423): ${lockedIssues}`],
        },
}
