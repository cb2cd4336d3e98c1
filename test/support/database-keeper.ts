// One PostgreSQL for all test files that run at the same time, each in a process of its own. The first of them starts this
// program; each keeps a socket to it open for its whole life, which the kernel closes however the test ends. When the last
// one is gone, the keeper stops Postgres, removes its files and ends. If the keeper itself is killed, the next one stops the
// Postgres that it left behind.
import { mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { tryKernelLock } from '../../src/storage/database/opening/kernel-lock.ts'
import { keeperPlace } from './keeper-place.ts'

// Long enough for the next test file of a run to begin.
const longestWait = 5_000

mkdirSync(keeperPlace.folder, { recursive: true, mode: 0o700 })
writeFileSync(keeperPlace.lock, '', { flag: 'a' })
const { ino } = statSync(keeperPlace.lock)
const lock = tryKernelLock(keeperPlace.lock, 'exclusive')
// Two test files may start a keeper at once: one is enough. A lock on a file that an earlier keeper has removed does not
// count.
if (lock === undefined || statSync(keeperPlace.lock, { throwIfNoEntry: false })?.ino !== ino) process.exit()
// Ctrl-C is for the tests: when they are gone, the keeper ends.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

for (const path of [keeperPlace.socket, keeperPlace.usedData]) rmSync(path, { recursive: true, force: true })
const tell =
  (text: string) =>
  (...parts: unknown[]) =>
    console.log(new Date().toISOString(), text, ...parts)
const postgres = await startEmbeddedPostgres({
  folder: keeperPlace.postgres,
  log: { info: tell('info'), warn: tell('warn'), error: tell('error') },
  // The data lives for minutes, so nothing has to survive a power cut.
  durable: false,
  settings: { max_connections: '300', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
})
const url = await postgres.url('postgres')

const users = new Set<Socket>()
let farewell: NodeJS.Timeout | undefined
const server = createServer(user => {
  clearTimeout(farewell)
  users.add(user)
  user.on('error', () => {})
  user.on('close', () => {
    users.delete(user)
    waitForUsers(longestWait)
  })
  // At the end of a whole test run nobody has to wait for another test file.
  user.on('data', () => {
    users.delete(user)
    if (users.size > 0) user.end()
    waitForUsers(0)
  })
  user.write(`${url}\n`)
})
server.listen(keeperPlace.socket, () => waitForUsers(longestWait))

function waitForUsers(milliseconds: number): void {
  clearTimeout(farewell)
  if (users.size === 0) farewell = setTimeout(() => void end(), milliseconds)
}

async function end(): Promise<void> {
  // Closing the server removes its socket: a test file that starts now starts the next keeper.
  server.close()
  await postgres.stop()
  for (const path of [keeperPlace.postgres, keeperPlace.usedData, keeperPlace.log])
    rmSync(path, { recursive: true, force: true })
  rmSync(keeperPlace.lock)
  lock?.release()
  try {
    rmdirSync(keeperPlace.folder)
  } catch {
    // The next keeper uses the folder already.
  }
  process.exit()
}
