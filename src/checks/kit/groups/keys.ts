import type { KeyEncoding } from '../../../application-calls/fill-template.ts'
import { type Check, fault, passed, skipped, type Verdict } from '../check.ts'
import type { CallOptions } from '../exchange.ts'
import { came, type Exchange, exchange, isDone, isRefused } from '../exchange.ts'
import type { Kit } from '../kit.ts'
import { createLinks, inventedKey, linkableKeys, newIssue, noLinkableKey, removeLink, takesUnknown } from '../links.ts'
import { sources } from '../sources.ts'

type Awkward = {
  id: string
  /** What of the key is awkward. */
  what: string
  /** The key, from a beginning that nobody else has. */
  key: (beginning: string) => string
  encoding?: KeyEncoding
  level?: Check['level']
  fix: string
}

/**
 * Keys as objects have them in practice (a path of GitLab, a title in Russian), in the encodings that a caller may use: which
 * one Tracker uses is not documented. An invented key is unknown, and that is the right answer; what is not right is a card of
 * another object, an error of the server, or a refusal as malformed.
 */
const awkward: readonly Awkward[] = [
  {
    id: 'slash',
    what: 'a slash, encoded',
    key: one => `${one}/-/merge_requests/7`,
    fix: 'Decode %2F after the address was divided at its slashes, and not before.',
  },
  {
    id: 'raw-slash',
    what: 'a slash as it is',
    key: one => `${one}/-/merge_requests/7`,
    encoding: 'raw-slashes',
    fix: 'Let the key reach over several segments of the path.',
  },
  { id: 'percent', what: 'a percent sign', key: one => `${one} 100% 25%2F`, fix: 'Decode the address once.' },
  {
    id: 'double',
    what: 'a slash, encoded twice',
    key: one => `${one}/7`,
    encoding: 'double',
    level: 'tolerant',
    fix: 'Decode once, and look the key up as it is then.',
  },
  { id: 'plus', what: 'a plus sign', key: one => `${one}+1`, fix: 'Take `%2B` for a plus sign.' },
  { id: 'space', what: 'a space', key: one => `${one} in two`, fix: 'Take `%20` for a space.' },
  {
    id: 'space-plus',
    what: 'a space, written as a plus sign in a query',
    key: one => `${one} in two`,
    encoding: 'form',
    level: 'tolerant',
    fix: 'Take `+` in a query for a space.',
  },
  { id: 'cyrillic', what: 'Cyrillic letters', key: one => `${one}-Договор № 15`, fix: 'Decode the address as UTF-8.' },
  {
    id: 'reserved',
    what: '? # & = ; :',
    key: one => `${one}?a=b&c#d;e:f`,
    fix: 'Decode each part of the address by itself, after dividing it.',
  },
  {
    id: 'quotes',
    what: 'quotes and angle brackets',
    key: one => `${one}'"<b>\\`,
    fix: 'Pass keys to the database as parameters.',
  },
  {
    id: 'dots',
    what: 'two dots between slashes',
    key: one => `${one}/../x`,
    level: 'tolerant',
    fix: 'Take the key as text, and never as a path of files.',
  },
  {
    id: 'long',
    what: '255 characters',
    key: one => one.padEnd(255, 'x'),
    fix: 'Raise the limit of the router or the column.',
  },
]

/** Whether an answer about a key is one about that key. */
function judge(answer: Exchange, what: string, fix: string): Verdict {
  const hasOtherKey = answer.outcome.findings.some(({ code }) => code === 'other-key')
  if (isDone(answer))
    return hasOtherKey ? fault(`a key with ${what} gets the card of another object`, fix, answer) : passed
  const status = answer.outcome.state === 'answered' ? answer.outcome.status : 0
  if (status === 404 || status === 410) return passed
  return fault(`${came(answer)} for a key with ${what}`, fix, answer)
}

const cardCheck = ({ id, what, key, encoding, level = 'should', fix }: Awkward): Check => ({
  id: `key-${id}`,
  group: 'keys',
  level,
  title: `A card is looked up by a key with ${what}`,
  source: sources.open,
  run: async kit => {
    const { entityInfoUrl } = kit.target.application
    if (!entityInfoUrl) return skipped('entityInfoUrl is not registered')
    if (encoding === 'form' && !entityInfoUrl.includes('?')) return skipped('the key stands in the path')
    if (encoding === 'raw-slashes' && entityInfoUrl.includes('?')) return skipped('the key stands in the query')
    const options: CallOptions = encoding ? { settings: { keyEncoding: encoding } } : {}
    const call = { kind: 'entityInfo', remoteKeys: [key(inventedKey(kit, 'key'))] } as const
    return judge(await exchange(kit, call, options), what, fix)
  },
})

/** Keys that links are made with and removed by, in one check each. */
const linked = ['slash', 'cyrillic', 'long']

const linkCheck = ({ id, what, key, fix }: Awkward): Check => ({
  id: `link-key-${id}`,
  group: 'keys',
  level: 'should',
  title: `A link to an object whose key has ${what} is made and removed`,
  source: sources.open,
  run: async kit => {
    const { createLinkUrl, removeLinkUrl } = kit.target.application
    if (!createLinkUrl || !removeLinkUrl) return skipped('createLinkUrl or removeLinkUrl is not registered')
    const usual = (await linkableKeys(kit))[0]
    if (usual === undefined || !(await takesUnknown(kit))) return skipped(noLinkableKey)
    return await makeAndRemove(kit, key(inventedKey(kit, 'link')), { what, fix })
  },
})

async function makeAndRemove(kit: Kit, remoteKey: string, { what, fix }: Pick<Awkward, 'what' | 'fix'>) {
  const issueKey = newIssue(kit)
  const made = await createLinks(kit, issueKey, [remoteKey])
  if (!isDone(made)) return fault(`${came(made)} when a link was made to a key with ${what}`, fix, made)
  const removed = await removeLink(kit, { issueKey, remoteKey })
  if (isDone(removed)) return passed
  const why = isRefused(removed) ? 'the address was not understood' : 'the application failed'
  return fault(`${came(removed)} when the link was removed: ${why}`, fix, removed)
}

export const keyChecks: readonly Check[] = [
  ...awkward.map(cardCheck),
  ...awkward.filter(({ id }) => linked.includes(id)).map(linkCheck),
]
