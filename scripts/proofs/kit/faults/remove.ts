import { type Behaviour, type Call, json, refuse } from '../correct-server.ts'
import type { FaultyServer } from '../faulty-server.ts'

type Link = { issueKey: string; remoteKey: string }

/** A server that answers some removals otherwise; `wasThere`: whether the link existed. */
const when = (
  name: string,
  finds: string,
  isMeant: (call: Call, link: Link, links: ReadonlySet<string>) => boolean,
  answer: (call: Call) => void,
  entails: string[] = [],
): FaultyServer => ({
  name,
  finds,
  entails,
  change: (correct, links) => ({
    remove(this: Behaviour, call, link) {
      if (isMeant(call, link, links)) answer(call)
      else correct.remove.call(this, call, link)
    },
  }),
})

const nameOf = ({ issueKey, remoteKey }: Link) => JSON.stringify([issueKey, remoteKey])
const fail = (call: Call) => refuse(call, 500)
const removedOnce = new Set<string>()
const siblings = (links: ReadonlySet<string>, { issueKey }: Link) =>
  [...links].filter(link => (JSON.parse(link) as string[])[0] === issueKey).length

export const removeFaults: readonly FaultyServer[] = [
  when('removes no links', 'remove-done', (_call, link, links) => links.has(nameOf(link)), fail, [
    'remove-many-of-one',
  ]),
  {
    name: 'answers a removal with a page of HTML',
    finds: 'remove-answer',
    change: (_correct, links) => ({
      remove: (call, link) => {
        links.delete(nameOf(link))
        json(call, 200, '<p>Done</p>', { 'content-type': 'text/html' })
      },
    }),
  },
  when(
    'answers 409 to the second removal',
    'remove-repeat',
    (_call, link, links) => {
      const wasRemoved = removedOnce.has(nameOf(link)) && !links.has(nameOf(link))
      removedOnce.add(nameOf(link))
      return wasRemoved
    },
    call => refuse(call, 409),
  ),
  when('fails at a link that never was', 'remove-absent', (_call, { remoteKey }) => remoteKey.endsWith('never'), fail),
  {
    name: 'keeps a removed link for ever',
    finds: 'remove-then-create',
    change: (correct, links) => {
      const gone = new Set<string>()
      return {
        create(this: Behaviour, call) {
          const { issueKey, entityIds } = JSON.parse(call.body.toString() || '{}') as {
            issueKey?: string
            entityIds?: string[]
          }
          const isGone = issueKey !== undefined && entityIds?.some?.(key => gone.has(JSON.stringify([issueKey, key])))
          if (isGone) refuse(call, 409)
          else correct.create.call(this, call)
        },
        remove(this: Behaviour, call, link) {
          if (links.has(nameOf(link))) gone.add(nameOf(link))
          correct.remove.call(this, call, link)
        },
      }
    },
  },
  when(
    'wants a body with a JSON type',
    'remove-json-type',
    ({ request }) => request.headers['content-type'] === 'application/json',
    call => refuse(call, 400),
  ),
  when(
    'reads the parameters by their position',
    'remove-parameter-order',
    ({ request }) => /\?remoteKey=/.test(request.url ?? ''),
    call => refuse(call, 400),
  ),
  {
    name: 'knows the address without a slash only',
    finds: 'remove-trailing-slash',
    change: ({ first }) => ({
      first: call => {
        if (!(call.request.url ?? '').startsWith('/links/?')) return first(call)
        refuse(call, 404)
        return true
      },
    }),
  },
  when(
    'removes whole issues only',
    'remove-many-of-one',
    (_call, link, links) => links.has(nameOf(link)) && siblings(links, link) > 1 && siblings(links, link) < 50,
    fail,
  ),
]
