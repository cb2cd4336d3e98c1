import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenScene } from './open-scene.ts'

/** An issue as it was planted, with the ids of its remote links. */
type PlantedIssue = { id: string; key: string; remoteLinks: number[] }

const linksOfIssue = 5
const issuesAtOnce = 1_000
const callsAtOnce = 32

const objectKey = (issue: number, link: number) => `object ${issue}/${link}`

/** Issues whose links both sides have: Tracker has called the server for each. */
export async function plantAlike({ tracker, server, prisma }: OpenScene, issues: number): Promise<PlantedIssue[]> {
  const planted: PlantedIssue[] = []
  for (let first = 0; first < issues; first += issuesAtOnce) {
    const some = Array.from({ length: Math.min(issuesAtOnce, issues - first) }, (_, at) => ({
      queue: 'TEST',
      links: Array.from({ length: linksOfIssue }, (_, link) => ({
        application: 'crm',
        key: objectKey(first + at, link),
      })),
    }))
    planted.push(...((await tracker.ask('POST', '/sandbox/issues', some)) as PlantedIssue[]))
  }
  const entries = planted.entries()
  const call = async () => {
    for (const [number, { key }] of entries) {
      const entityIds = Array.from({ length: linksOfIssue }, (_, link) => objectKey(number, link))
      const answer = await fetch(`http://127.0.0.1:${server.port}/crm/links`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ issueKey: key, entityIds }),
      })
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`A call of Tracker was answered with ${answer.status}.`)
    }
  }
  await Promise.all(Array.from({ length: callsAtOnce }, call))
  await untilFollowed(prisma)
  return planted
}

/** Waits until what both sides agree on is known of every change. */
export async function untilFollowed(prisma: OpenScene['prisma']): Promise<void> {
  for (;;) {
    const [row] = await prisma.$queryRaw<{ behind: boolean }[]>`
      SELECT coalesce((SELECT max(id) FROM link_event WHERE application_id = 'crm'), 0) >
             coalesce((SELECT event_id FROM follower WHERE application_id = 'crm' AND name = 'mirror'), 0) AS behind`
    if (!row?.behind) return
    await sleep(100)
  }
}

const shares = {
  'only-here removal-in-tracker-got-lost': 100,
  'only-here not-mirrored-yet': 100,
  'only-in-tracker removal-not-mirrored': 100,
  'only-in-tracker creation-in-tracker-got-lost': 100,
  'doubled linked-twice-in-tracker': 40,
  'moved issue-was-moved': 40,
  'unreadable rights-missing': 10,
  'unreadable issue-unknown': 10,
} as const
export type Planted = keyof typeof shares

/** The kinds of the differences, so many of each. */
const kindsOf = (count: number): Planted[] =>
  Object.entries(shares).flatMap(([kind, share]) =>
    Array.from({ length: Math.max(1, Math.round((share * count) / 500)) }, () => kind as Planted),
  )

/** Makes differences, each at an issue of its own. Returns them as `nameOf` writes them. */
export async function plantDifferences(scene: OpenScene, issues: readonly PlantedIssue[], count: number) {
  const { tracker, prisma } = scene
  await tracker.ask('PUT', '/sandbox/settings', { repeatedLink: 'duplicate', removalCallsApplication: false })
  const kinds = kindsOf(count)
  const unreadable: Record<string, 403 | 404> = {}
  const planted: string[] = []
  for (const [number, kind] of kinds.entries()) {
    const place = Math.floor((number * issues.length) / kinds.length)
    const issue = issues[place] as PlantedIssue
    planted.push(await plantOne(scene, { issue, place, number, kind }, unreadable))
  }
  await tracker.ask('PUT', '/sandbox/settings', { unreadable })
  await untilFollowed(prisma)
  return planted
}

type One = { issue: PlantedIssue; place: number; number: number; kind: Planted }

async function plantOne(scene: OpenScene, one: One, unreadable: Record<string, 403 | 404>): Promise<string> {
  const { tracker } = scene
  const { issue, place, number, kind } = one
  const link = number % linksOfIssue
  const key = objectKey(place, link)
  const fresh = `new ${place}`
  const remoteLinks = `/v3/issues/${issue.key}/remotelinks`
  const add = (key: string) => tracker.ask('POST', remoteLinks, { relationship: 'RELATES', key, origin: 'crm' })
  switch (kind) {
    case 'only-here removal-in-tracker-got-lost':
      await tracker.ask('DELETE', `${remoteLinks}/${issue.remoteLinks[link]}`)
      return nameOf({ kind, issueKey: issue.key, remoteKey: key })
    case 'only-here not-mirrored-yet':
      await changeHere(scene, 'POST', issue.key, fresh)
      return nameOf({ kind, issueKey: issue.key, remoteKey: fresh })
    case 'only-in-tracker removal-not-mirrored':
      await changeHere(scene, 'DELETE', issue.key, key)
      return nameOf({ kind, issueKey: issue.key, remoteKey: key })
    case 'only-in-tracker creation-in-tracker-got-lost':
      await add(fresh)
      return nameOf({ kind, issueKey: issue.key, remoteKey: fresh })
    case 'doubled linked-twice-in-tracker':
      await add(key)
      return nameOf({ kind, issueKey: issue.key, remoteKey: key })
    case 'moved issue-was-moved': {
      const moved = (await tracker.ask('POST', `/v3/issues/${issue.key}/_move?queue=PROD`)) as { key: string }
      return nameOf({ kind, issueKey: moved.key })
    }
    default:
      unreadable[issue.key] = kind === 'unreadable issue-unknown' ? 404 : 403
      return nameOf({ kind, issueKey: issue.key })
  }
}

/** A difference in words: what it is, of which issue and object. */
export const nameOf = ({ kind, issueKey, remoteKey }: { kind: string; issueKey: string; remoteKey?: string }) =>
  [kind, issueKey, remoteKey].filter(part => part !== undefined).join(' | ')

async function changeHere({ server, apiKey }: OpenScene, method: 'POST' | 'DELETE', issueKey: string, key: string) {
  const query = method === 'DELETE' ? `?${new URLSearchParams({ issueKey, remoteKey: key }).toString()}` : ''
  const answer = await fetch(`${server.adminAddress}/api/applications/crm/links${query}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { body: JSON.stringify({ issueKey, remoteKeys: [key] }) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${issueKey} ${key}: ${answer.status} ${text}`)
}
