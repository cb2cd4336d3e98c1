import { type Behaviour, type Call, json, refuse } from '../correct-server.ts'
import type { FaultyServer } from '../faulty-server.ts'

/** A server that does something else for addresses of a form. */
const atAddress = (
  name: string,
  finds: string,
  form: RegExp,
  answer: (call: Call) => void,
  more: Partial<FaultyServer> = {},
): FaultyServer => ({
  name,
  finds,
  change: ({ first }) => ({
    first: call => {
      if (call.request.method !== 'GET' || !form.test(call.request.url ?? '')) return first(call)
      answer(call)
      return true
    },
  }),
  ...more,
})

const fail = (call: Call) => refuse(call, 500)
const malformed = (call: Call) => refuse(call, 400)

/** A server that cannot remove links to keys of a form. */
const cannotRemove = (name: string, finds: string, isAwkward: (key: string) => boolean): FaultyServer => ({
  name,
  finds,
  change: correct => ({
    remove(this: Behaviour, call, link) {
      if (isAwkward(link.remoteKey)) refuse(call, 400)
      else correct.remove.call(this, call, link)
    },
  }),
})

export const keyFaults: readonly FaultyServer[] = [
  atAddress('refuses an encoded slash', 'key-slash', /%2F-%2F/, malformed),
  atAddress('shows the object before the slash', 'key-raw-slash', /^\/objects\/[^/]+\/-\/merge/, call =>
    json(call, 200, { key: call.path[1], summary: 'Cut' }),
  ),
  atAddress('decodes twice', 'key-percent', /%25%20/, malformed),
  atAddress('fails at what is encoded twice', 'key-double', /%252F7$/, fail),
  atAddress('has no answer for a plus sign', 'key-plus', /%2B1$/, fail),
  atAddress('has no answer for a space', 'key-space', /%20in%20two$/, malformed),
  atAddress('has no answer for a plus sign in the query', 'key-space-plus', /\?key=.*\+in\+two$/, fail, {
    says: { keyInQuery: true },
  }),
  atAddress('knows Latin letters only', 'key-cyrillic', /%D0%94/, malformed),
  atAddress('divides the address after decoding', 'key-reserved', /%3Fa%3Db/, call =>
    json(call, 200, { key: call.path[1]?.split('?')[0], summary: 'Cut' }),
  ),
  atAddress('puts keys into its SQL', 'key-quotes', /%22%3Cb%3E|'%22/, fail),
  atAddress('takes keys for files', 'key-dots', /%2F\.\.%2F/, fail),
  atAddress('cuts long keys', 'key-long', /x{150}(?!x{2000})/, call =>
    json(call, 200, { key: call.path[1]?.slice(0, 64), summary: 'Cut' }),
  ),
  cannotRemove('cannot remove a link to a key with a slash', 'link-key-slash', key => key.includes('/')),
  cannotRemove('cannot remove a link to a key in Russian', 'link-key-cyrillic', key => /[а-я]/i.test(key)),
  {
    name: 'has a column of 64 characters',
    finds: 'link-key-long',
    change: correct => ({
      create(this: Behaviour, call) {
        if (call.body.length > 300 && !call.body.includes('link-9')) refuse(call, 500)
        else correct.create.call(this, call)
      },
    }),
  },
]
