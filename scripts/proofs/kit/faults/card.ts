import { gzipSync } from 'node:zlib'
import { type Behaviour, type Call, json, refuse } from '../correct-server.ts'
import type { FaultyServer } from '../faulty-server.ts'

/** A server whose cards differ from right ones in this. */
const card = (name: string, finds: string, more: Record<string, unknown>, entails: string[] = []): FaultyServer => ({
  name,
  finds,
  entails: ['card-every-object', ...entails],
  change: ({ card }) => ({
    card: (key, call) => {
      const right = card(key, call)
      return right && { ...right, ...more }
    },
  }),
})

/** The same, in something that is no must. */
const lightly = (name: string, finds: string, more: Record<string, unknown>): FaultyServer => ({
  ...card(name, finds, more),
  entails: [],
})

/** A server that answers cards of its own in another way. */
const answer = (
  name: string,
  finds: string,
  answerCard: (call: Call, card: Record<string, unknown>, key: string) => void,
  entails: string[] = [],
): FaultyServer => ({
  name,
  finds,
  entails,
  change: correct => ({
    answerCard(this: Behaviour, call, key) {
      const found = correct.card(key, call)
      if (found) answerCard(call, found, key)
      else refuse(call, 404)
    },
  }),
})

let questions = 0

export const cardFaults: readonly FaultyServer[] = [
  {
    name: 'knows none of its objects',
    finds: 'card-found',
    entails: ['card-every-object'],
    change: () => ({ card: () => undefined }),
  },
  answer('answers XML', 'card-json', call => json(call, 200, '<card/>'), ['card-every-object']),
  answer('calls its JSON text/html', 'card-type', (call, found) =>
    json(call, 200, found, { 'content-type': 'text/html' }),
  ),
  card('puts its own number in place of the key', 'card-key', { key: '17' }),
  card('has cards without a summary', 'card-summary', { summary: undefined }),
  card('has an icon by a relative address', 'card-icon-url', { iconUrl: '/icon.svg' }, []),
  card('sends the status as a text', 'card-status', { status: 'Open' }),
  card('has a resolution without a name', 'card-resolution', { resolution: { id: 1 } }),
  card('sends uids as texts', 'card-assignee', { assignee: { trackerUid: '8000000000000001' } }),
  card('writes moments with a Z', 'card-updated', { updated: '2026-05-02T10:11:12.345Z' }),
  card('writes an offset with a colon', 'card-deadline', { deadline: '2026-06-01T00:00:00.000+00:00' }),
  lightly('names nobody as assignee', 'card-doubtful-values', { assignee: {} }),
  lightly('sends null for what it does not know', 'card-no-null', { deadline: null }),
  lightly('sends its whole record', 'card-known-fields', { createdBy: 'user1' }),
  {
    name: 'has a card for everything',
    finds: 'card-unknown',
    change: () => ({ answerCard: (call, key) => json(call, 200, { key, summary: 'No such object' }) }),
  },
  {
    name: 'refuses with a page of HTML',
    finds: 'card-unknown-json',
    change: correct => ({
      answerCard(this: Behaviour, call, key) {
        if (correct.card(key, call)) return correct.answerCard.call(this, call, key)
        json(call, 404, '<h1>Not found</h1>', { 'content-type': 'text/html' })
      },
    }),
  },
  {
    name: 'gives icons to callers with the token only',
    finds: 'card-icon-loads',
    change: ({ first }) => ({
      first: call => {
        if (call.path[0] !== 'icon.svg') return first(call)
        refuse(call, 401)
        return true
      },
    }),
    says: { defaultIcon: 'none' },
  },
  {
    name: 'has no default icon',
    finds: 'card-default-icon-loads',
    change: () => ({}),
    says: { defaultIcon: '/nothing.svg' },
  },
  {
    name: 'answers the first two questions only',
    finds: 'card-repeatable',
    entails: ['cards-at-once', 'card-every-object'],
    change: correct => ({
      answerCard(this: Behaviour, call, key) {
        const isLate = correct.card(key, call) !== undefined && questions++ > 1
        if (isLate && call.request.method === 'GET') refuse(call, 429)
        else correct.answerCard.call(this, call, key)
      },
    }),
  },
  {
    name: 'has a wrong card for one object',
    finds: 'card-every-object',
    change: ({ card: right }) => ({
      card: (key, call) => (key === 'D-2' ? { key: 2, summary: 'Two' } : right(key, call)),
    }),
  },
  {
    name: 'fails at HEAD',
    finds: 'card-head',
    change: ({ first }) => ({
      first: call => {
        if (call.request.method !== 'HEAD') return first(call)
        refuse(call, 500)
        return true
      },
    }),
  },
  {
    name: 'fails at a slash at the end',
    finds: 'card-trailing-slash',
    change: ({ first }) => ({
      first: call => {
        if (!/^\/objects\/D-1\/$/.test(call.request.url ?? '')) return first(call)
        refuse(call, 500)
        return true
      },
    }),
  },
  answer(
    'compresses for everybody',
    'card-unasked-encoding',
    ({ response }, found) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify(found))),
    ['card-json', 'card-every-object'],
  ),
  answer('lets cards be kept for a day', 'card-caching', (call, found) =>
    json(call, 200, found, { 'cache-control': 'public, max-age=86400' }),
  ),
  answer(
    'redirects to its new address',
    'card-no-redirect',
    ({ response }) => response.writeHead(301, { location: '/elsewhere' }).end(),
    ['card-found', 'card-every-object'],
  ),
]
