import t from 'tap'
import { noteMove } from '../../../src/links/moved-issues.ts'
import { type MirroredLink, merge, type Side } from '../../../src/reconciliation/mirror/protocol.ts'
import { linkOfRow } from '../../../src/reconciliation/mirror/stored-link.ts'
import { lockMirrored } from '../../../src/storage/mirror/mirrored-links.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { testDatabase } from '../../support/test-database.ts'

const [former, present] = ['OLD-1', 'NEW-1'] as IssueKey[] as [IssueKey, IssueKey]
const both = [true, false]

/** Rows of every kind that matters to a merge. */
const kinds = (['linked', 'absent'] as Side[]).flatMap(wanted =>
  both.flatMap(isSettled => both.flatMap(isDue => both.map(isLeased => ({ wanted, isSettled, isDue, isLeased })))),
)
type Kind = (typeof kinds)[number]

const rowOf = (issueKey: string, remoteKey: string, kind: Kind, generation: bigint) => ({
  applicationId: 'crm',
  issueKey,
  remoteKey,
  wanted: kind.wanted,
  generation,
  agreed: kind.isSettled ? kind.wanted : null,
  agreedGeneration: kind.isSettled ? generation : 0n,
  remoteLinkId: `of ${issueKey}`,
  nextAt: kind.isDue ? new Date() : null,
  leaseToken: kind.isLeased ? `of ${issueKey}` : null,
  leaseUntil: kind.isLeased ? new Date(Date.now() + 20_000) : null,
})

/** Without the time until it is due. */
const what = (link: MirroredLink | undefined) => link && { ...link, dueIn: link.dueIn !== undefined }

t.test('the rows of a link that two keys of an issue have are merged as the protocol says', async t => {
  const { prisma } = await testDatabase(t)
  const cases = kinds.flatMap(one => kinds.flatMap(other => both.map(isHere => ({ one, other, isHere }))))
  const links = cases.map((_, index) => `D-${index}`)
  const rows = cases.flatMap(({ one, other }, index) => [
    rowOf(former, `D-${index}`, one, 3n),
    rowOf(present, `D-${index}`, other, 5n),
  ])
  await prisma.linkMirror.createMany({ data: rows })
  await prisma.link.createMany({
    data: links
      .filter((_, index) => cases[index]?.isHere)
      .map(remoteKey => ({ applicationId: 'crm', issueKey: former, remoteKey })),
  })
  const read = async (issueKey: IssueKey) => {
    const keys = links.map(remoteKey => ({ issueKey, remoteKey: remoteKey as RemoteKey }))
    const stored = await prisma.$transaction(tx => lockMirrored(tx, 'crm', keys))
    return new Map(stored.map(row => [row.remoteKey as string, linkOfRow(row)]))
  }
  const [formerRows, presentRows] = [await read(former), await read(present)]
  await noteMove(prisma, 'crm', { issueId: '1', key: present, formerKeys: [former] })
  const merged = await read(present)
  t.equal((await read(former)).size, 0)
  for (const [index, { isHere }] of cases.entries()) {
    const [one, other] = [formerRows.get(`D-${index}`), presentRows.get(`D-${index}`)]
    const wanted = isHere ? 'linked' : 'absent'
    t.same(what(merged.get(`D-${index}`)), what(merge(one as MirroredLink, other as MirroredLink, wanted)))
  }
})
