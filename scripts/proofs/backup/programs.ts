import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStorage } from '../../../src/storage/open-storage.ts'
import type { PrismaClient } from '../../../src/storage/prisma-client/client.ts'
import { asUsersStartIt, ended, hasEnded, startProgram, stopProgram } from '../../../test/support/start-program.ts'

export type Outcome = { code: number | null; out: string; errors: string; seconds: number }

/** How long a whole run of each command took, so that another one can be killed midway. */
const took = new Map<string, number>()

/** Runs a command of the program to its end. */
export async function runProgram(cwd: string, words: string[], env: Record<string, string>): Promise<Outcome> {
  const began = performance.now()
  const child = start(cwd, words, env)
  let [out, errors] = ['', '']
  child.stdout?.on('data', piece => {
    out += piece
  })
  child.stderr?.on('data', piece => {
    errors += piece
  })
  const code = await ended(child)
  const seconds = (performance.now() - began) / 1_000
  if (code === 0) took.set(words[0] ?? '', seconds)
  return { code, out, errors, seconds }
}

/** Starts a command and kills it after a part of the time that it took before. Returns whether it was over by then. */
export async function startProgramLater(cwd: string, words: string[], env: Record<string, string>, part: number) {
  const child = start(cwd, words, env)
  child.stdout?.resume()
  child.stderr?.resume()
  await sleep((took.get(words[0] ?? '') ?? 1) * 1_000 * part)
  const isOver = hasEnded(child)
  await stopProgram(child, 'SIGKILL')
  return isOver
}

const start = (cwd: string, words: string[], env: Record<string, string>): ChildProcess =>
  startProgram(process.execPath, [...asUsersStartIt, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** Makes a data folder with links, their events, and an object for each tenth. */
export async function seedLinks(dataDirectory: string, count: number): Promise<void> {
  const storage = await openStorage({ dataDirectory, log: { info: () => {}, warn: () => {}, error: () => {} } })
  const most = 20_000
  try {
    // In pieces that the time limits of ordinary work allow.
    for (let from = 0; from < count; from += most) {
      const to = Math.min(from + most, count) - 1
      await storage.prisma.$executeRaw`
        WITH made AS (
          INSERT INTO link (application_id, issue_key, remote_key, issue_id)
          SELECT 'demo', 'TEST-' || n % 100000, 'deal ' || n, n::text FROM generate_series(${from}::int, ${to}::int) n
          RETURNING *)
        INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind)
        SELECT application_id, 'created', issue_key, remote_key, issue_id, 'tracker' FROM made`
      await storage.prisma.$executeRaw`
        INSERT INTO linked_object (application_id, key, summary)
        SELECT 'demo', 'deal ' || n, 'Deal number ' || n FROM generate_series(${from}::int, ${to}::int, 10) n`
    }
  } finally {
    await storage.close()
  }
}

export async function countAll(prisma: PrismaClient): Promise<number> {
  const counts = await Promise.all([prisma.link.count(), prisma.linkEvent.count(), prisma.linkedObject.count()])
  return counts.reduce((sum, rows) => sum + rows, 0)
}

/** The remote keys of the links that were created during the proof. */
export async function storedKeys(prisma: PrismaClient): Promise<Set<string>> {
  const links = await prisma.link.findMany({ where: { issueKey: 'LIVE-1' }, select: { remoteKey: true } })
  return new Set(links.map(({ remoteKey }) => remoteKey))
}
