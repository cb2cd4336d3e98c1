import { setTimeout as sleep } from 'node:timers/promises'
import { type Behaviour, type Call, json, readWish, refuse } from '../correct-server.ts'
import type { FaultyServer } from '../faulty-server.ts'

/** A server that does something else before all. */
const first = (
  name: string,
  finds: string,
  isMeant: (call: Call) => boolean,
  answer: (call: Call) => void,
): FaultyServer => ({
  name,
  finds,
  change: correct => ({
    first: call => {
      if (!isMeant(call)) return correct.first(call)
      answer(call)
      return true
    },
  }),
})

const fail = (call: Call) => refuse(call, 500)
const isPost = ({ method }: Call) => method === 'POST'

let isBroken = false

export const robustnessFaults: readonly FaultyServer[] = [
  {
    ...first(
      'reads the first piece of a body only',
      'body-in-pieces',
      call => isPost(call) && call.request.headers['transfer-encoding'] === undefined,
      call => {
        call.request.once('data', (piece: Buffer) => {
          const isWhole = piece.length >= Number(call.request.headers['content-length'])
          if (piece.length === 7 && !isWhole) fail(call)
          else if (readWish({ ...call, body: piece })) json(call, 201, {})
          else refuse(call, 400)
        })
        if (call.request.headers['content-length'] === '0') refuse(call, 400)
      },
    ),
    // It answers before it looks at the token.
    entails: ['token-missing-create'],
  },
  first(
    'wants a length',
    'body-chunked',
    call => isPost(call) && call.request.headers['transfer-encoding'] === 'chunked',
    call => refuse(call, 411),
  ),
  {
    name: 'waits a third of a second for a body',
    finds: 'body-slow',
    change: ({ first }) => ({
      first: call => {
        if (!isPost(call)) return first(call)
        const started = performance.now()
        const write = call.response.writeHead.bind(call.response)
        call.response.writeHead = (status: number, ...more: []) =>
          write(performance.now() - started > 330 ? 500 : status, ...more)
        return false
      },
    }),
  },
  first(
    'takes bodies of any size',
    'body-huge',
    call => isPost(call) && Number(call.request.headers['content-length']) > 1_000_000,
    call => {
      call.request.resume().once('end', () => json(call, 200, {}))
    },
  ),
  first(
    'takes any bytes for text',
    'body-not-utf8',
    call => isPost(call) && call.request.headers['transfer-encoding'] === 'chunked',
    call => {
      call.request.once('data', (piece: Buffer) => json(call, piece.length === 5 ? 200 : 201, {}))
    },
  ),
  first(
    'fails at a form',
    'body-other-type',
    call => call.request.headers['content-type'] === 'application/x-www-form-urlencoded',
    fail,
  ),
  first('fails at a NUL', 'address-nul', call => /%00/.test(call.request.url ?? ''), fail),
  first('fails at a key of 4,000 characters', 'address-long', call => (call.request.url ?? '').length > 4_000, fail),
  {
    name: 'fails at a malformed address',
    finds: 'address-malformed',
    change: () => ({}),
    failsAtMalformed: true,
  },
  {
    name: 'stands still after a form',
    finds: 'stays-up',
    entails: [
      'cards-at-once',
      'create-at-once',
      'token-missing-card',
      'token-missing-create',
      'token-missing-remove',
      'token-wrong-card',
      'token-cut',
      'token-other-scheme',
    ],
    change: correct => ({
      first: call => {
        if (call.request.headers['content-type'] === 'application/x-www-form-urlencoded') isBroken = true
        if (!isBroken) return correct.first(call)
        fail(call)
        return true
      },
    }),
  },
]

const late =
  (milliseconds: number, isMeant: (call: Call) => boolean): FaultyServer['change'] =>
  correct => ({
    answerCard(this: Behaviour, call, key) {
      if (isMeant(call)) void sleep(milliseconds).then(() => correct.answerCard.call(this, call, key))
      else correct.answerCard.call(this, call, key)
    },
    create(this: Behaviour, call) {
      if (isMeant(call)) void sleep(milliseconds).then(() => correct.create.call(this, call))
      else correct.create.call(this, call)
    },
  })

/** Answers calls when no other has come for a moment, each by its place among those that came together. */
function together(): (answer: (place: number) => void) => void {
  let waiting: ((place: number) => void)[] = []
  let timer: NodeJS.Timeout | undefined
  return answer => {
    waiting.push(answer)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const all = waiting
      waiting = []
      all.forEach((one, place) => {
        one(place)
      })
    }, 50)
  }
}

let asked = 0
let last: Promise<unknown> = Promise.resolve()
const isKnown = ({ path }: Call) => path[1] === 'D-1'

export const speedFaults: readonly FaultyServer[] = [
  {
    name: 'takes a second and more for every third card',
    finds: 'speed-card',
    change: late(1_100, call => isKnown(call) && ++asked % 3 === 0),
  },
  {
    name: 'answers one card at a time',
    finds: 'speed-cards-at-once',
    change: correct => ({
      answerCard(this: Behaviour, call, key) {
        const answer = () => sleep(isKnown(call) ? 80 : 0).then(() => correct.answerCard.call(this, call, key))
        last = last.then(answer)
      },
    }),
  },
  {
    name: 'answers ten cards at once at most',
    finds: 'cards-at-once',
    change: correct => {
      const answer = together()
      return {
        answerCard(this: Behaviour, call, key) {
          answer(place => (place < 10 ? correct.answerCard.call(this, call, key) : refuse(call, 503)))
        },
      }
    },
  },
  {
    name: 'takes a second and more for a link',
    finds: 'speed-create',
    change: late(1_100, ({ method, body }) => method === 'POST' && !body.includes('link-9')),
  },
  {
    name: 'fails when links are made at once',
    finds: 'create-at-once',
    change: correct => {
      const answer = together()
      return {
        create(this: Behaviour, call) {
          answer(place => (place === 0 ? correct.create.call(this, call) : fail(call)))
        },
      }
    },
  },
]
