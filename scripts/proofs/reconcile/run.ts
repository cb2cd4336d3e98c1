import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopProgram } from '../../../test/support/start-program.ts'
import { startCommand } from '../both-sides/programs.ts'
import type { OpenScene } from './open-scene.ts'
import { nameOf } from './plant.ts'

type Counts = Record<string, number>
type Kept = { id: string; counts: Counts; startedAt: Date; endedAt: Date | null }
type LoggedRequest = { at: number; method: string; address: string; status?: number }

/** What a command asked of Tracker: how often, how fast, what it wrote, and how often it listed an issue a second time. */
export type Asked = {
  other: number
  search: number
  most: { other: number; search: number }
  writes: number
  again: number
}

const isSearch = ({ address }: LoggedRequest) => /\/(_search|system\/search)\b/.test(address)

/** Begins to count what Tracker is asked for, once a second has passed in which nothing was. */
export async function countAnew({ tracker }: OpenScene): Promise<void> {
  await sleep(1_000)
  await tracker.ask('DELETE', '/sandbox/requests')
}

export async function readAsked({ tracker }: OpenScene): Promise<Asked> {
  const { most } = (await tracker.ask('GET', '/sandbox/requests')) as Pick<Asked, 'most'>
  const log = (await tracker.ask('GET', '/sandbox/requests/log')) as LoggedRequest[]
  const search = log.filter(isSearch).length
  const lists = log.filter(({ method, address }) => method === 'GET' && address.split('?')[0]?.endsWith('/remotelinks'))
  return {
    other: log.length - search,
    search,
    most,
    writes: log.filter(request => request.method !== 'GET' && !isSearch(request)).length,
    again: lists.length - new Set(lists.map(({ address }) => address)).size,
  }
}

/** The newest run of the application. */
async function newestRun({ prisma }: OpenScene): Promise<Kept | undefined> {
  const [run] = await prisma.reconciliationRun.findMany({ orderBy: { startedAt: 'desc' }, take: 1 })
  return run && { ...run, counts: run.counts as Counts }
}

/** Seconds that a run had left when a twentieth of it was done: as it told them, and as they were. */
export type Estimate = { told: number; were: number }

/** Runs a command, and notes what it told of the time that is left. */
export async function runReconcile(scene: OpenScene, words: readonly string[], preload: readonly string[] = []) {
  const former = (await newestRun(scene))?.id
  await countAnew(scene)
  const { ended } = startCommand(scene.folder, ['reconcile', ...words, '--json'], scene.env, preload)
  const over = { is: false }
  const estimating = estimate(scene, former, over)
  const ran = await ended
  over.is = true
  const early = await estimating
  const run = await newestRun(scene)
  const end = run?.endedAt?.getTime()
  const seconds = run && end !== undefined ? (end - run.startedAt.getTime()) / 1_000 : undefined
  const estimated: Estimate | undefined =
    early && end !== undefined ? { told: early.told, were: (end - early.at) / 1_000 } : undefined
  return { ...ran, seconds, estimated, asked: await readAsked(scene) }
}

async function estimate(scene: OpenScene, former: string | undefined, over: { is: boolean }) {
  for (let isOver = false; !isOver; await sleep(25)) {
    isOver = over.is
    const run = await newestRun(scene)
    if (!run || run.id === former) continue
    const { issues = 0, issuesInAll = Infinity, secondsLeft } = run.counts
    if (issues < issuesInAll / 20 || secondsLeft === undefined) continue
    return { told: secondsLeft, at: Date.now() }
  }
  return undefined
}

type Line = { kind: string; why: string; issueKey: string; remoteKey?: string }

/** The differences of a plan file, as `nameOf` writes them. */
export async function readPlan({ folder }: OpenScene, file: string): Promise<string[]> {
  const lines = (await readFile(join(folder, file), 'utf8')).trim().split('\n').slice(1)
  return lines.map(text => {
    const { kind, why, issueKey, remoteKey } = JSON.parse(text) as Line
    return nameOf({ kind: `${kind} ${why}`, issueKey, ...(remoteKey !== undefined && { remoteKey }) })
  })
}

/** Kills a comparison whenever such a part of it is done, and goes on with it. */
export async function runKilled(scene: OpenScene, words: readonly string[], parts: readonly number[]) {
  const former = (await newestRun(scene))?.id
  await countAnew(scene)
  let command = startCommand(scene.folder, ['reconcile', ...words, '--json'], scene.env)
  let kills = 0
  for (const part of parts) {
    const done = await untilDone(scene, former, part)
    if (done === undefined) break
    await stopProgram(command.child, 'SIGKILL')
    kills++
    command = startCommand(scene.folder, ['reconcile', 'crm', '--resume', done.id, '--json'], scene.env)
  }
  return { ...(await command.ended), kills, asked: await readAsked(scene) }
}

/** Waits until such a part of the issues was compared; undefined: the run ended before. */
async function untilDone(scene: OpenScene, former: string | undefined, part: number): Promise<Kept | undefined> {
  for (const end = performance.now() + 120_000; performance.now() < end; await sleep(10)) {
    const run = await newestRun(scene)
    if (!run || run.id === former) continue
    if (run.endedAt) return undefined
    if ((run.counts.issues ?? 0) >= part * (run.counts.issuesInAll ?? Infinity)) return run
  }
  return undefined
}
