import { type Check, fault, passed, skipped, type Verdict } from '../check.ts'
import { bodyOf, type CallOptions, came, type Exchange, exchange, isDone, isRefused, statusOf } from '../exchange.ts'
import { type Kit, once } from '../kit.ts'
import { createLinks, inventedKey, linkableKeys, newIssue, noLinkableKey, takesUnknown } from '../links.ts'
import { sources } from '../sources.ts'

/** The first link of the run: an issue and an object, and the answer to its creation. */
const firstLink = (kit: Kit): Promise<{ issueKey: string; remoteKey: string; made: Exchange }> =>
  once(kit, 'first link', async () => {
    const issueKey = newIssue(kit)
    const remoteKey = (await linkableKeys(kit))[0] ?? inventedKey(kit, 'link-0')
    return { issueKey, remoteKey, made: await createLinks(kit, issueKey, [remoteKey]) }
  })

/** A check of the call that creates links, once one can be made with so many keys. */
const creation = (
  id: string,
  about: Pick<Check, 'level' | 'title' | 'source'> & { keys?: number },
  judge: (kit: Kit, keys: readonly string[]) => Promise<Verdict>,
): Check => ({
  group: 'create',
  id,
  level: about.level,
  title: about.title,
  source: about.source,
  run: async kit => {
    if (!kit.target.application.createLinkUrl) return skipped('createLinkUrl is not registered')
    const keys = await linkableKeys(kit, about.keys ?? 1)
    if (keys.length === 0) return skipped(noLinkableKey)
    return await judge(kit, keys)
  },
})

const done = (answer: Exchange, when: string, fix: string): Verdict =>
  isDone(answer) ? passed : fault(`${came(answer)} ${when}`, fix, answer)

/** A body that no application can do anything with; it names no link. */
const sendBroken = (kit: Kit, body: string): Promise<Exchange> =>
  exchange(kit, { kind: 'createLink', issueKey: newIssue(kit), remoteKeys: [] }, { change: one => ({ ...one, body }) })

const refusal = (answer: Exchange, when: string): Verdict =>
  isRefused(answer) ? passed : fault(`${came(answer)} ${when}`, 'Answer 400, and write nothing.', answer)

const withBody = (body: (usual: Record<string, unknown>) => unknown): CallOptions => ({
  change: one => ({ ...one, body: JSON.stringify(body(JSON.parse(bodyOf(one)) as Record<string, unknown>)) }),
})

export const createChecks: readonly Check[] = [
  creation(
    'create-done',
    { level: 'must', title: 'A link is made by the call of the documents', source: sources.create },
    async kit => done((await firstLink(kit)).made, 'when a link was made', 'Answer 200 or 201.'),
  ),
  creation(
    'create-answer',
    { level: 'should', title: 'The answer to a creation is empty, or JSON', source: sources.open },
    async kit => {
      const { made } = await firstLink(kit)
      if (!isDone(made)) return skipped('no link was made, see create-done')
      const finding = made.outcome.findings.find(({ field }) => field === 'body' || field === 'content-type')
      return finding ? fault(`the \`${finding.field}\` of the answer ${finding.rule}`, finding.hint, made) : passed
    },
  ),
  creation(
    'create-repeat',
    { level: 'should', title: 'A creation that comes twice is answered alike', source: sources.open },
    async kit => {
      const { issueKey, remoteKey } = await firstLink(kit)
      const again = await createLinks(kit, issueKey, [remoteKey])
      return done(again, 'when the same link was made again', 'Answer 200 if the link is there: calls may come twice.')
    },
  ),
  creation(
    'create-several',
    { level: 'must', title: 'Several objects are linked by one call', source: sources.create, keys: 3 },
    async (kit, keys) =>
      done(await createLinks(kit, newIssue(kit), keys), 'for three objects in one call', 'Link each of `entityIds`.'),
  ),
  creation(
    'create-hundred',
    { level: 'should', title: 'A hundred objects are linked by one call', source: sources.open, keys: 100 },
    async (kit, keys) =>
      done(await createLinks(kit, newIssue(kit), keys), 'for a hundred objects', 'Raise the limits of list and body.'),
  ),
  creation(
    'create-doubled-id',
    { level: 'should', title: 'An object that is named twice in one call is linked once', source: sources.open },
    async (kit, [key = '']) =>
      done(await createLinks(kit, newIssue(kit), [key, key]), 'for an object named twice', 'Link it once, answer 2xx.'),
  ),
  creation(
    'create-two-issues',
    { level: 'must', title: 'An object may be linked to several issues', source: sources.create },
    async (kit, [key = '']) => {
      const { made } = await firstLink(kit)
      if (!isDone(made)) return skipped('no link was made, see create-done')
      return done(
        await createLinks(kit, newIssue(kit), [key]),
        'when an object was linked to a second issue',
        'Keep links as pairs of an issue and an object.',
      )
    },
  ),
  creation(
    'create-charset',
    { level: 'should', title: 'A type with a charset is taken', source: sources.http },
    async (kit, keys) => {
      const type = 'application/json; charset=utf-8'
      const change: CallOptions['change'] = one => ({ ...one, headers: { ...one.headers, 'content-type': type } })
      const made = await createLinks(kit, newIssue(kit), keys, { change })
      return done(made, `with the type ${type}`, 'Look at the type before its parameters.')
    },
  ),
  creation(
    'create-further-fields',
    { level: 'tolerant', title: 'A field that the documents do not name is ignored', source: sources.open },
    async (kit, keys) => {
      const made = await createLinks(
        kit,
        newIssue(kit),
        keys,
        withBody(body => ({ ...body, relationship: 'relates', user: { login: 'user1' } })),
      )
      return done(made, 'for a body with further fields', 'Ignore fields that you do not know.')
    },
  ),
  creation(
    'create-partly-known',
    {
      level: 'should',
      title: 'A call with a known and an unknown object does not break the application',
      source: sources.open,
    },
    async kit => {
      const [known] = kit.target.objects
      if (known === undefined) return skipped('no object is named: name one that exists with --object')
      const made = await createLinks(kit, newIssue(kit), [known, inventedKey(kit, 'unknown')])
      if (isDone(made) || isRefused(made)) return passed
      return fault(`${came(made)} for a known and an unknown object`, 'Link both, or refuse with 4xx.', made)
    },
  ),
  creation(
    'create-unknown',
    {
      level: 'should',
      title: 'A link to an object that nobody has is made, or refused in an orderly way',
      source: sources.open,
    },
    async kit => {
      if (await takesUnknown(kit)) return passed
      const made = await createLinks(kit, newIssue(kit), [inventedKey(kit, 'unknown')])
      return refusal(made, 'for an object that nobody has')
    },
  ),
  creation(
    'create-broken-json',
    { level: 'should', title: 'A body that is not JSON is refused', source: sources.http },
    async kit => refusal(await sendBroken(kit, '{"issueKey": "TEST-1", "entityIds": ['), 'to a body that is not JSON'),
  ),
  creation(
    'create-no-issue',
    { level: 'should', title: 'A body without an issue is refused', source: sources.create },
    async kit => refusal(await sendBroken(kit, '{"entityIds": []}'), 'to a body without `issueKey`'),
  ),
  creation(
    'create-no-objects',
    { level: 'tolerant', title: 'A call that names no object is refused, or does nothing', source: sources.open },
    async kit => {
      const issueKey = newIssue(kit)
      const made = await exchange(kit, { kind: 'createLink', issueKey, remoteKeys: [] })
      if (isDone(made) || isRefused(made)) return passed
      return fault(`${came(made)} to an empty \`entityIds\``, 'Answer 400, or 200.', made)
    },
  ),
  creation(
    'create-numbers',
    { level: 'tolerant', title: 'A number as an object key is taken for its digits, or refused', source: sources.open },
    async kit => {
      const issueKey = newIssue(kit)
      const body = JSON.stringify({ issueKey, entityIds: [8_000_000_001] })
      const made = await createLinks(kit, issueKey, ['8000000001'], { change: one => ({ ...one, body }) })
      if (isDone(made) || isRefused(made)) return passed
      return fault(`${came(made)} to a number in \`entityIds\``, 'Take its digits as the key, or answer 400.', made)
    },
  ),
  creation(
    'create-get',
    { level: 'tolerant', title: 'Another method at the address of creations is refused', source: sources.http },
    async kit => {
      const call = { kind: 'createLink', issueKey: newIssue(kit), remoteKeys: [] } as const
      const answer = await exchange(kit, call, { change: one => ({ ...one, method: 'PUT' }) })
      if (isRefused(answer) || statusOf(answer) === 501) return passed
      return fault(`${came(answer)} to PUT`, 'Answer 405, or 404.', answer)
    },
  ),
]
