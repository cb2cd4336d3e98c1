import type { SeenCall } from '../../storage/calls/sightings.ts'
import { countedValues, type Question, shapeOf, spread } from './answer.ts'
import { hasFailed, outcomeOf, repeatsOf, repeatWindow, successionsOf } from './repeats.ts'

/** In which header a token comes. */
export const tokenQuestion: Question = {
  question: 'In which header and scheme does the token come, and is a user sent along?',
  toSee: 'Any call of Tracker: open an issue with a link.',
  answer: ({ calls }) => {
    if (calls.length === 0) return undefined
    const forms = calls.map(({ token }) =>
      token === undefined ? 'no token' : `${token.header}, scheme ${token.scheme}`,
    )
    const users = [...new Set(calls.flatMap(({ headers }) => headers.filter(name => /user|uid|login/i.test(name))))]
    const besidesAgent = users.filter(name => !/^user-agent$/i.test(name))
    const user =
      besidesAgent.length > 0 ? `headers that may name a user: ${besidesAgent.join(', ')}` : 'no header names a user'
    const shapes = calls.flatMap(({ token }) =>
      token === undefined
        ? []
        : [`${token.length} characters, ${token.alphabet}${token.prefix ? `, begins with ${token.prefix}` : ''}`],
    )
    return {
      answer: `${countedValues(forms)}; ${user}.`,
      evidence: [
        ...(shapes.length > 0 ? [`tokens: ${countedValues(shapes)}`] : []),
        `headers: ${countedValues(
          calls.map(({ headers }) => headers.join(' ')),
          3,
        )}`,
        `user agents: ${countedValues(calls.map(({ userAgent }) => userAgent ?? 'none').map(withoutHosts), 3)}`,
      ],
    }
  },
}

const withoutHosts = (text: string) => text.replace(/[\w-]+(\.[\w-]+)*\.[a-z]{2,}(:\d+)?|\S+@\S+/gi, '(host)')

export const failureQuestion: Question = {
  question: 'What does Tracker do after an answer 4xx or 5xx, or none in time?',
  toSee: 'A call that fails and what follows it: stop the source of an object for a minute and open its issue.',
  answer: ({ calls, now }) => {
    const failed = calls.filter(hasFailed)
    if (failed.length === 0) return undefined
    const repeats = repeatsOf(calls).filter(({ before }) => hasFailed(before))
    const lines = [...Map.groupBy(failed, call => `${call.call} ${outcomeOf(call)}`)].map(([kind, all]) => {
      const again = repeats.filter(({ before }) => `${before.call} ${outcomeOf(before)}` === kind)
      const soon = again.length > 0 ? `, ${spread(again.map(({ after }) => after))} later` : ''
      return `${kind}: ${all.length} times, came again ${again.length} times${soon}`
    })
    const isOver = failed.every(({ at }) => now - at.getTime() > repeatWindow)
    const when = isOver ? 'within ten minutes' : 'so far; ten minutes are not over since the last'
    const answer = `${repeats.length || 'None'} of ${failed.length} calls that failed came again ${when}.`
    return { answer: `${answer} What its users see, calls cannot tell.`, evidence: lines }
  },
}

export const rhythmQuestion: Question = {
  question: 'Does Tracker repeat calls, how long does it wait, how many come at once, how long does it keep a card?',
  toSee: 'Several calls: open an issue with several links, and open it again.',
  answer: ({ calls }) => {
    if (calls.length === 0) return undefined
    const repeats = repeatsOf(calls)
    const cards = repeats.filter(({ call, before }) => call.call === 'entityInfo' && !hasFailed(before))
    const successions = successionsOf(calls)
    const broken = calls.flatMap(({ brokeOff }) => (brokeOff === undefined ? [] : [brokeOff]))
    const reused = calls.filter(call => call.reused > 0).length
    const atOnce = Math.max(...calls.map(({ inFlight }) => inFlight))
    const timeout = broken.length > 0 ? `it broke off after ${spread(broken)}` : 'it never broke off before its answer'
    return {
      answer: `At most ${atOnce} at once; ${repeats.length} repeats within ten minutes; ${timeout}.`,
      evidence: [
        ...(cards.length > 0
          ? [`the same card again: ${cards.length} times, ${spread(cards.map(({ after }) => after))} later`]
          : []),
        ...changes(repeats),
        `connections: ${reused} of ${calls.length} calls on one that was used before, HTTP ${countedValues(calls.map(({ httpVersion }) => httpVersion))}`,
        `addresses that called: ${new Set(calls.map(({ address }) => address)).size}`,
        ...(successions.length > 0 ? [`order, about one object: ${countedValues(successions)}`] : []),
        `longest answer that was waited for: ${Math.round(Math.max(0, ...calls.filter(({ brokeOff }) => brokeOff === undefined).map(({ milliseconds }) => milliseconds)))} ms`,
      ],
    }
  },
}

const changes = (repeats: ReturnType<typeof repeatsOf>) => {
  const again = repeats.filter(({ call, before }) => call.call !== 'entityInfo' && !hasFailed(before))
  return again.length === 0
    ? []
    : [`the same change again after success: ${again.length} times, ${spread(again.map(({ after }) => after))} later`]
}

export const encodingQuestion: Question = {
  question: 'How does Tracker encode keys in an address?',
  toSee: 'A call with a key that has characters beside letters and digits: link an object such as `a/b c`.',
  answer: ({ calls }) => {
    const marked = calls.filter(({ encoding: { escaped, plain } }) => escaped.length + plain.length > 0)
    if (marked.length === 0) return undefined
    const escapes = marked.flatMap(({ encoding }) => encoding.escaped)
    const plain = marked.flatMap(({ encoding }) => encoding.plain)
    const double = marked.filter(({ encoding }) => encoding.isDouble).length
    const parts = [
      ...(escapes.length > 0 ? [`escaped, ${hexOf(escapes)}: ${countedValues(escapes)}`] : []),
      ...(plain.length > 0 ? [`left as they are: ${countedValues(plain)}`] : []),
      ...(double > 0 ? [`escaped twice (%25…): ${double} calls`] : []),
    ]
    return { answer: `${parts.join('; ')}.`, evidence: [...readingsOf(calls), ...marked.slice(0, 3).map(exampleOf)] }
  },
}

/** An address may mean several keys, see docs/decisions/how-an-address-is-read.md; which one was meant says how it was written. */
function readingsOf(calls: readonly SeenCall[]): string[] {
  const several = calls.flatMap(({ readings }) => (readings === undefined ? [] : [readings]))
  if (several.length === 0) return []
  const taken = several.map(one => (one.taken === undefined ? 'none was known' : `number ${one.taken} of ${one.of}`))
  return [`addresses that may mean several keys: ${several.length}; taken: ${countedValues(taken)}`]
}

function hexOf(escapes: readonly string[]): string {
  const upper = escapes.some(text => /[A-F]/.test(text))
  const lower = escapes.some(text => /[a-f]/.test(text))
  if (upper && lower) return 'hex in capital and small letters'
  return upper ? 'hex in capital letters' : lower ? 'hex in small letters' : 'no letters in hex'
}

const exampleOf = ({ call, remoteKeys, encoding }: SeenCall) =>
  `${call}: a key like ${remoteKeys.map(shapeOf).join(', ')} came with ${[...encoding.escaped, ...encoding.plain].join(' ')}`
