import { type Check, fault, passed, skipped, type Verdict } from '../check.ts'
import { type CallOptions, came, type Exchange, exchange, isDone } from '../exchange.ts'
import { type Kit, once } from '../kit.ts'
import type { MadeLink } from '../link-journal.ts'
import { createLinks, inventedKey, linkableKeys, newIssue, noLinkableKey, removeLink } from '../links.ts'
import { sources } from '../sources.ts'

/** A link that was made and removed once, with the answer to the removal. */
const removedLink = (kit: Kit): Promise<{ link: MadeLink; removal: Exchange } | undefined> =>
  once(kit, 'removed link', async () => {
    const link = await makeLink(kit)
    return link && { link, removal: await removeLink(kit, link) }
  })

/** A new link; undefined if none can be made. */
async function makeLink(kit: Kit): Promise<MadeLink | undefined> {
  const [remoteKey] = await linkableKeys(kit)
  if (remoteKey === undefined) return undefined
  const issueKey = newIssue(kit)
  return isDone(await createLinks(kit, issueKey, [remoteKey])) ? { issueKey, remoteKey } : undefined
}

const noLink = skipped('no link could be made, see the group create')

/** A check that removes a link of its own in some manner. */
const removal = (
  id: string,
  about: Pick<Check, 'level' | 'title' | 'source'>,
  { when, fix, options }: { when: string; fix: string; options: (kit: Kit) => CallOptions | undefined },
): Check => ({
  id,
  group: 'remove',
  ...about,
  run: async kit => {
    if (!kit.target.application.removeLinkUrl) return noTemplate
    const manner = options(kit)
    if (manner === undefined) return skipped('its address does not have this form')
    const link = await makeLink(kit)
    if (!link) return noLink
    const removed = await removeLink(kit, link, manner)
    return isDone(removed) ? passed : fault(`${came(removed)} ${when}`, fix, removed)
  },
})

const noTemplate = skipped('removeLinkUrl is not registered')

/** Judges the link that was removed once. */
const ofRemoved =
  (judge: (kit: Kit, link: MadeLink, removal: Exchange) => Verdict | Promise<Verdict>): Check['run'] =>
  async kit => {
    if (!kit.target.application.removeLinkUrl) return noTemplate
    const removed = await removedLink(kit)
    if (!removed) return kit.target.application.createLinkUrl ? skipped(noLinkableKey) : noLink
    return judge(kit, removed.link, removed.removal)
  }

/** The parameters of the query in the other order. */
function swapped({ application: { removeLinkUrl = '' } }: Kit['target']): CallOptions | undefined {
  const [, query] = removeLinkUrl.split('?', 2)
  if (!query?.includes('&')) return undefined
  return {
    change: one => {
      const [path = '', parameters = ''] = one.address.split('?', 2)
      return { ...one, address: `${path}?${parameters.split('&').toReversed().join('&')}` }
    },
  }
}

const withHeader = (name: string, value: string): CallOptions => ({
  change: one => ({ ...one, headers: { ...one.headers, [name]: value } }),
})

export const removeChecks: readonly Check[] = [
  {
    id: 'remove-done',
    group: 'remove',
    level: 'must',
    title: 'A link is removed by the call of the documents',
    source: sources.remove,
    run: ofRemoved((_kit, _link, removal) =>
      isDone(removal) ? passed : fault(`${came(removal)} when a link was removed`, 'Answer 200 or 204.', removal),
    ),
  },
  {
    id: 'remove-answer',
    group: 'remove',
    level: 'should',
    title: 'The answer to a removal is empty, or JSON',
    source: sources.open,
    run: ofRemoved((_kit, _link, removal) => {
      if (!isDone(removal)) return skipped('no link was removed, see remove-done')
      const finding = removal.outcome.findings.find(({ field }) => field === 'body' || field === 'content-type')
      return finding ? fault(`the \`${finding.field}\` of the answer ${finding.rule}`, finding.hint, removal) : passed
    }),
  },
  {
    id: 'remove-repeat',
    group: 'remove',
    level: 'should',
    title: 'A removal that comes twice is answered alike',
    source: sources.open,
    run: ofRemoved(async (kit, link) => {
      const again = await removeLink(kit, link)
      return isDone(again)
        ? passed
        : fault(`${came(again)} when the link was removed again`, 'Answer 204: what is wanted is the case.', again)
    }),
  },
  {
    id: 'remove-absent',
    group: 'remove',
    level: 'should',
    title: 'A link that never was is removed without an error',
    source: sources.open,
    run: async kit => {
      if (!kit.target.application.removeLinkUrl) return noTemplate
      const call = { kind: 'removeLink', issueKey: newIssue(kit), remoteKeys: [inventedKey(kit, 'never')] } as const
      const answer = await exchange(kit, call)
      return isDone(answer)
        ? passed
        : fault(`${came(answer)} for a link that never was`, 'Answer 204: what is wanted is the case.', answer)
    },
  },
  {
    id: 'remove-then-create',
    group: 'remove',
    level: 'must',
    title: 'A link that was removed can be made again',
    source: sources.create,
    run: ofRemoved(async (kit, { issueKey, remoteKey }) => {
      const made = await createLinks(kit, issueKey, [remoteKey])
      return isDone(made)
        ? passed
        : fault(`${came(made)} when the link was made again`, 'Let nothing of a removed link stand in the way.', made)
    }),
  },
  removal(
    'remove-json-type',
    { level: 'should', title: 'A removal with a JSON type and no body is taken', source: sources.open },
    {
      when: 'to a removal with a JSON type and an empty body',
      fix: 'Read no body of a DELETE: many clients send the type with every call.',
      options: () => withHeader('content-type', 'application/json'),
    },
  ),
  removal(
    'remove-parameter-order',
    { level: 'tolerant', title: 'The parameters of a removal may come in another order', source: sources.open },
    {
      when: 'with the parameters in the other order',
      fix: 'Read the parameters by their names.',
      options: kit => swapped(kit.target),
    },
  ),
  removal(
    'remove-trailing-slash',
    { level: 'tolerant', title: 'A slash at the end of the path does no harm', source: sources.open },
    {
      when: 'with a slash at the end of the path',
      fix: 'Take the address with and without it.',
      options: ({ target }) =>
        target.application.removeLinkUrl?.includes('?')
          ? {
              change: one => {
                const [path = '', query = ''] = one.address.split('?', 2)
                return { ...one, address: `${path.replace(/\/$/, '')}/?${query}` }
              },
            }
          : undefined,
    },
  ),
  {
    id: 'remove-many-of-one',
    group: 'remove',
    level: 'must',
    title: 'Each link of an issue is removed by itself',
    source: sources.remove,
    run: async kit => {
      if (!kit.target.application.removeLinkUrl) return noTemplate
      const keys = await linkableKeys(kit, 3)
      if (keys.length === 0) return skipped(noLinkableKey)
      const issueKey = newIssue(kit)
      if (!isDone(await createLinks(kit, issueKey, keys))) return noLink
      for (const remoteKey of keys) {
        const removed = await removeLink(kit, { issueKey, remoteKey })
        if (!isDone(removed))
          return fault(`${came(removed)} for one of three links of an issue`, 'Remove one pair at a time.', removed)
      }
      return passed
    },
  },
]
