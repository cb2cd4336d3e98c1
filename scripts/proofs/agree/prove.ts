import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '../../../src/sandbox/chances/seeded-random.ts'
import { runCommand } from '../both-sides/programs.ts'
import { type BothSides, historyOf, judge, readSides, type Verdict, type Wrong } from './judge.ts'
import { type OpenScene, openScene, type SceneOptions } from './open-scene.ts'
import { changeLink, moveIssue, type ProvedIssue } from './operations.ts'
import { makeTrouble } from './trouble.ts'

export type Options = SceneOptions & { operations: number; moves: number; kills: number; reconcile: boolean }

const workers = 16

/** What goes wrong by chance, of all requests to Tracker and of all its calls. */
const chances = {
  requests: { slow: 0.05, tooMany: 0.005, failed: 0.02, failedAfter: 0.01, lost: 0.01, lostAfter: 0.01 },
  calls: {
    createLink: { dropped: 0.05, repeated: 0.05, twiceAtOnce: 0.03, outOfOrder: 0.02, slow: 0.05 },
    removeLink: { dropped: 0.05, repeated: 0.05, twiceAtOnce: 0.03, outOfOrder: 0.02, slow: 0.05, formerKey: 0.5 },
  },
  slowMost: 300,
}

/** Operations from both sides under faults, then quiet, then a reconciliation; what is right and wrong after each. */
export async function proveAgreement(options: Options) {
  const open = await openScene(options)
  const { scene } = open
  try {
    await scene.tracker.ask('PUT', '/sandbox/chances', { ...chances, seed: options.seed })
    const began = performance.now()
    const kills = await operate(open, options)
    const seconds = (performance.now() - began) / 1_000
    await scene.tracker.ask('PUT', '/sandbox/chances', {})
    const quietAfter = await untilQuiet(open)
    const mirrored = await judgeNow(open)
    const reconciled = options.reconcile ? await reconcileTwice(open) : undefined
    return { done: scene.done, kills, seconds, quietAfter, mirrored, reconciled }
  } finally {
    await open.close()
  }
}

/** Each worker has issues of its own, so that the order of the changes of a link is known. */
async function operate({ scene, postgres }: OpenScene, { seed, operations, moves, kills: most }: Options) {
  const kills = { replica: 0, database: 0 }
  const count = { begun: 0 }
  const random = seededRandom(seed + 1)
  const trouble = (async () => {
    for (let number = 1; number <= most; number++) {
      const from = (operations * number) / (most + 1)
      while (count.begun < from) await sleep(20)
      await makeTrouble({ replicas: scene.replicas, postgres, random }, kills)
    }
  })()
  const work = async (worker: number) => {
    const links = scene.links.filter(({ issue }) => issue % workers === worker)
    const own = { ...scene, random: seededRandom(seed * 100 + worker) }
    for (let number = count.begun++; number < operations; number = count.begun++) {
      const link = links[Math.floor(own.random() * links.length)]
      if (!link) return
      if (own.random() < moves) await moveIssue(own, scene.issues[link.issue] as ProvedIssue)
      else await changeLink(own, link, { cli: 0.002 })
    }
  }
  await Promise.all([trouble, ...Array.from({ length: workers }, (_, worker) => work(worker))])
  return kills
}

/** Waits until the mirror has nothing left to do, also no call of Tracker is held back. Returns the seconds it took. */
async function untilQuiet({ prisma }: OpenScene, longest = 180): Promise<number> {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1_000
  for (let calm = 0; seconds() < longest; await sleep(250)) {
    const [row] = await prisma.$queryRaw<{ open: boolean }[]>`
      SELECT EXISTS (SELECT FROM link_mirror WHERE next_at IS NOT NULL OR lease_token IS NOT NULL)
        OR coalesce((SELECT max(id) FROM link_event WHERE application_id = 'crm'), 0) >
           coalesce((SELECT event_id FROM follower WHERE application_id = 'crm' AND name = 'mirror'), 0) AS open`
    calm = row?.open ? 0 : calm + 1
    if (calm >= 5 && seconds() > 11) return seconds()
  }
  return seconds()
}

/** What is wrong, with the history of the first links of each fault. */
async function judgeNow({ scene, prisma }: OpenScene): Promise<Verdict> {
  const verdict = judge(scene.links, await readSides(prisma, scene.tracker, scene.issues))
  for (const wrong of [verdict.different, verdict.lost, verdict.doubled])
    for (const one of wrong.toSorted(oursFirst).slice(0, toldMost)) {
      const { keys } = scene.issues[one.link.issue] as ProvedIssue
      one.told += `\n    ${await historyOf(prisma, keys, one.link.key)}`
    }
  return verdict
}

const toldMost = 10
const oursFirst = (one: Wrong, other: Wrong) => Number(other.link.owner === 'here') - Number(one.link.owner === 'here')

async function reconcileTwice(open: OpenScene) {
  const first = await reconcile(open)
  await untilQuiet(open)
  const verdict = await judgeNow(open)
  const before = await readSides(open.prisma, open.scene.tracker, open.scene.issues)
  const second = await reconcile(open)
  const after = await readSides(open.prisma, open.scene.tracker, open.scene.issues)
  return { first, verdict, second, isSame: sameSides(before, after) }
}

/** One reconciliation of everything; what it wrote on either side. */
async function reconcile({ scene, prisma }: OpenScene) {
  const eventsBefore = await prisma.linkEvent.count({ where: { applicationId: 'crm' } })
  await scene.tracker.ask('DELETE', '/sandbox/requests')
  const words = ['reconcile', 'crm', '--all', '--repair', 'both', '--json']
  const { code, out, errors } = await runCommand(scene.folder, words, scene.env)
  const log = (await scene.tracker.ask('GET', '/sandbox/requests/log')) as { method: string; address: string }[]
  const writes = log.filter(({ method, address }) => method !== 'GET' && !/_search|scroll/.test(address)).length
  const events = (await prisma.linkEvent.count({ where: { applicationId: 'crm' } })) - eventsBefore
  return { code, out, errors, requests: log.length, writes, events }
}

const sameSides = (one: BothSides, other: BothSides) =>
  isDeepStrictEqual([one.here, one.tracker], [other.here, other.tracker])
