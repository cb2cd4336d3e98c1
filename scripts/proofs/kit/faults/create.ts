import { type Behaviour, type Call, json, readWish, refuse } from '../correct-server.ts'
import type { FaultyServer } from '../faulty-server.ts'

/** A server that answers some creations otherwise. */
const when = (
  name: string,
  finds: string,
  isMeant: (call: Call, links: ReadonlySet<string>) => boolean,
  answer: (call: Call) => void,
  entails: string[] = [],
): FaultyServer => ({
  name,
  finds,
  entails,
  change: (correct, links) => ({
    create(this: Behaviour, call) {
      if (isMeant(call, links)) answer(call)
      else correct.create.call(this, call)
    },
  }),
})

const fail = (call: Call) => refuse(call, 500)
const keysOf = (call: Call) => readWish(call)?.entityIds ?? []
const accept = (call: Call) => json(call, 200, {})
const isReadable = (call: Call) => {
  try {
    JSON.parse(call.body.toString())
    return true
  } catch {
    return false
  }
}

export const createFaults: readonly FaultyServer[] = [
  when('makes no links', 'create-done', call => keysOf(call).length > 0, fail, [
    'create-several',
    'body-in-pieces',
    'create-at-once',
  ]),
  {
    name: 'answers with a page of HTML',
    finds: 'create-answer',
    change: correct => ({
      create(this: Behaviour, call) {
        if (keysOf(call).length > 0) json(call, 201, '<p>Done</p>', { 'content-type': 'text/html' })
        else correct.create.call(this, call)
      },
    }),
  },
  when(
    'answers 409 to a link that is there',
    'create-repeat',
    (call, links) => {
      const wish = readWish(call)
      return wish !== undefined && links.has(JSON.stringify([wish.issueKey, wish.entityIds[0]]))
    },
    call => refuse(call, 409),
  ),
  when(
    'takes one object at a time',
    'create-several',
    call => new Set(keysOf(call)).size > 1,
    call => refuse(call, 400),
  ),
  when(
    'takes ten objects at a time',
    'create-hundred',
    call => keysOf(call).length > 10,
    call => refuse(call, 400),
  ),
  when(
    'fails at an object that is named twice',
    'create-doubled-id',
    call => new Set(keysOf(call)).size < keysOf(call).length,
    fail,
  ),
  when(
    'keeps one issue for each object',
    'create-two-issues',
    (call, links) => {
      const wish = readWish(call)
      const others = [...links].map(link => JSON.parse(link) as [string, string])
      return wish !== undefined && others.some(([issue, key]) => key === wish.entityIds[0] && issue !== wish.issueKey)
    },
    call => refuse(call, 409),
    ['create-several', 'body-in-pieces', 'create-at-once'],
  ),
  when(
    'compares the whole type',
    'create-charset',
    ({ request }) => request.headers['content-type'] === 'application/json; charset=utf-8',
    call => refuse(call, 415),
  ),
  when(
    'refuses fields that it does not know',
    'create-further-fields',
    call => call.body.includes('relationship'),
    call => refuse(call, 400),
  ),
  when(
    'breaks at the second object',
    'create-partly-known',
    call => keysOf(call)[0] === 'D-1' && keysOf(call)[1]?.endsWith('unknown') === true,
    fail,
  ),
  when(
    'breaks at an object that it does not know',
    'create-unknown',
    call => keysOf(call).some(key => key.startsWith('tlkcheck')),
    fail,
  ),
  when(
    'fails at what is not JSON',
    'create-broken-json',
    call => call.body.length < 200 && call.body.toString().endsWith('['),
    fail,
  ),
  when(
    'takes a creation without an issue',
    'create-no-issue',
    call => isReadable(call) && !call.body.includes('issueKey'),
    accept,
  ),
  when('fails at an empty list', 'create-no-objects', call => readWish(call)?.entityIds.length === 0, fail),
  when('fails at numbers', 'create-numbers', call => /"entityIds":\[\d/.test(call.body.toString()), fail),
  {
    name: 'takes PUT for POST',
    finds: 'create-get',
    change: ({ first }) => ({
      first: call => {
        if (call.request.method !== 'PUT') return first(call)
        json(call, 200, {})
        return true
      },
    }),
  },
]
