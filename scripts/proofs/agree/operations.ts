import { setTimeout as sleep } from 'node:timers/promises'
import type { PlayedTracker, Side } from '../both-sides/played-tracker.ts'
import { type Replica, runCommand, triggerToken } from '../both-sides/programs.ts'
import type { ProvedLink } from './ledger.ts'

/** An issue under all its keys; the last is the present one. The first `told` are those that our side was told of. */
export type ProvedIssue = { id: string; keys: string[]; told: number }

export type Scene = {
  folder: string
  env: Record<string, string>
  apiKey: string
  tracker: PlayedTracker
  replicas: readonly Replica[]
  /** Where Tracker calls the application. */
  publicAddress: string
  issues: readonly ProvedIssue[]
  links: readonly ProvedLink[]
  random: () => number
  done: Record<'api' | 'cli' | 'linked' | 'unlinked' | 'moved' | 'triggers' | 'repeated', number>
}

/** Who changes something on our side, or in Tracker: one operation, repeated until it is acknowledged. */
export async function changeLink(scene: Scene, link: ProvedLink, shares: { cli: number }): Promise<void> {
  const { random } = scene
  const inTracker = link.owner === 'tracker' || (link.owner === 'both' && random() < 0.5)
  if (inTracker) return changeInTracker(scene, link)
  const side: Side = random() < 0.55 ? 'linked' : 'absent'
  const { keys, told } = scene.issues[link.issue] as ProvedIssue
  const issueKey = keys[Math.floor(random() * told)] as string
  await (random() < shares.cli ? byCommand(scene, issueKey, link.key, side) : byApi(scene, issueKey, link.key, side))
  link.here = side
}

async function byApi(scene: Scene, issueKey: string, remoteKey: string, side: Side): Promise<void> {
  const idempotencyKey = `agree-${scene.done.api++}`
  for (let attempt = 0; ; attempt++) {
    const { adminAddress } = scene.replicas[Math.floor(scene.random() * scene.replicas.length)] as Replica
    const address = `${adminAddress}/api/applications/crm/links`
    const headers = { authorization: `Bearer ${scene.apiKey}`, 'idempotency-key': idempotencyKey }
    const answer = await (side === 'linked'
      ? fetch(address, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ issueKey, remoteKeys: [remoteKey] }),
        })
      : fetch(`${address}?${new URLSearchParams({ issueKey, remoteKey }).toString()}`, { method: 'DELETE', headers })
    ).catch(() => undefined)
    const text = await answer?.text().catch(() => undefined)
    if (answer?.ok && text !== undefined) return
    if (answer && answer.status < 500 && ![409, 429].includes(answer.status))
      throw new Error(`${side} ${issueKey} ${remoteKey} by the API: ${answer.status} ${text}`)
    scene.done.repeated++
    await sleep(20 + 30 * Math.min(attempt, 10))
  }
}

async function byCommand(scene: Scene, issueKey: string, remoteKey: string, side: Side): Promise<void> {
  scene.done.cli++
  const words = ['links', side === 'linked' ? 'add' : 'remove', issueKey, remoteKey]
  for (;;) {
    const { code } = await runCommand(scene.folder, words, scene.env)
    if (code === 0) return
    scene.done.repeated++
    await sleep(200)
  }
}

/** Somebody adds or removes a remote link on an issue's page, by what is to be seen there. */
async function changeInTracker({ tracker, issues, done }: Scene, link: ProvedLink): Promise<void> {
  const issue = (issues[link.issue] as ProvedIssue).keys.at(-1) as string
  const present = (await tracker.linksOf(issue)).filter(({ key }) => key === link.key)
  if (present.length === 0) {
    if (!(await tracker.link(issue, link.key))) return
    done.linked++
    link.tracker = 'linked'
    return
  }
  for (const { id } of present) await tracker.unlink(issue, id)
  done.unlinked++
  link.tracker = 'absent'
}

const queues = ['TEST', 'PROD', 'NEW']

/** Moves an issue to another queue; a trigger of the queue may tell the application. */
export async function moveIssue(scene: Scene, issue: ProvedIssue): Promise<void> {
  const { tracker, random, done } = scene
  const former = issue.keys.at(-1) as string
  const others = queues.filter(queue => !former.startsWith(`${queue}-`))
  if (!(await tracker.move(former, others[Math.floor(random() * others.length)] as string)))
    throw new Error(`${former} was not moved`)
  const key = await tracker.keyOf(issue.id)
  issue.keys.push(key)
  done.moved++
  if (random() < 0.5) return
  done.triggers++
  // It is sent once: if it gets lost, our side goes on with the keys that it knows.
  const answer = await fetch(`${scene.publicAddress}/crm/triggers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${triggerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'moved', issue: { id: issue.id, key, aliases: issue.keys.slice(0, -1) } }),
  }).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => undefined)
  if (answer?.ok) issue.told = issue.keys.length
}
