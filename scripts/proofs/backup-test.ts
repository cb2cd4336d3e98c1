// Backs up, restores and moves many links while a server answers calls: the times, that the hashes agree, and that nothing that was
// acknowledged is lost.   npm run test:backup [LINKS]
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ended, program, startProgram } from '../../test/support/start-program.ts'
import { emptyDatabase, runSql } from '../../test/support/test-database.ts'
import { startConfigured } from './configured-server.ts'

const links = Number(process.argv[2] ?? 1_000_000)
const folder = await mkdtemp(join(tmpdir(), 'backup-test-'))
const undo: (() => unknown)[] = []
const t = { teardown: (work: () => unknown) => void undo.unshift(work) }
let failures = 0
const tell = (isRight: boolean, text: string) => {
  if (!isRight) failures++
  console.log(`${isRight ? 'ok' : 'NOT OK'}  ${text}`)
}

const config = {
  publicUrl: 'https://links.example.com',
  applications: [
    {
      id: 'crm',
      name: 'CRM',
      frontUrl: 'https://crm.example.com/{{remoteKey}}',
      responsible: 'crm@example.com',
      authorization: { kind: 'none' },
    },
  ],
}

type Ran = {
  code: number | null
  json: Record<string, never> & { linkSet?: { links: number; hash: string } }
  seconds: number
  told: string
}

async function run(env: Record<string, string>, ...words: string[]): Promise<Ran> {
  const started = performance.now()
  const child = spawn(process.execPath, [program, ...words, '--json'], { cwd: folder, env: { ...process.env, ...env } })
  let [out, told] = ['', '']
  child.stdout.on('data', piece => (out += piece))
  child.stderr.on('data', piece => (told += piece))
  const code = await ended(child)
  const seconds = Math.round(performance.now() - started) / 1_000
  return { code, json: out.startsWith('{') ? JSON.parse(out) : {}, seconds, told }
}

/** Calls a server steadily: cards, and a new link with each; what was acknowledged, and how it was answered. */
function callSteadily(address: string) {
  const calls = { acknowledged: new Set<string>(), cards: 0, lost: 0, refused: 0, slowest: 0, isOver: false }
  const one = async (caller: number) => {
    for (let call = 0; !calls.isOver; call++) {
      const key = `new-${caller}-${call}`
      const started = performance.now()
      const card = await fetch(`${address}/crm/objects/D-1`).then(
        ({ status }) => status,
        () => 0,
      )
      calls.slowest = Math.max(calls.slowest, performance.now() - started)
      if (card === 200) calls.cards++
      else calls.lost++
      const body = JSON.stringify({ issueKey: 'NEW-1', entityIds: [key] })
      const headers = { 'content-type': 'application/json' }
      const status = await fetch(`${address}/crm/links`, { method: 'POST', headers, body }).then(
        answer => answer.status,
        () => 0,
      )
      if (status === 201) calls.acknowledged.add(key)
      else calls.refused++
      await sleep(10)
    }
  }
  const callers = [1, 2, 3, 4].map(one)
  return {
    calls,
    stop: async () => {
      calls.isOver = true
      await Promise.all(callers)
    },
  }
}

const keysIn = async (url: string) =>
  new Set(
    (await runSql(url, `SELECT remote_key AS key FROM link WHERE issue_key = 'NEW-1'`)).map(({ key }) => String(key)),
  )

try {
  const source = await emptyDatabase(t)
  const server = await startConfigured(folder, config, { DATABASE_URL: source.url, LOG_LEVEL: 'error' })
  await writeFile(join(folder, 'o.ndjson'), '{"key":"D-1","summary":"One"}\n')
  await run({ DATABASE_URL: source.url }, 'objects', 'import', 'o.ndjson')
  await runSql(
    source.url,
    `INSERT INTO link (application_id, issue_key, remote_key) SELECT 'crm', 'TEST-' || (n % 100000 + 1), 'Договор-' || n FROM generate_series(1, ${links}) AS n`,
    `INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind) SELECT application_id, 'created', issue_key, remote_key, 'tracker' FROM link`,
  )
  const steady = callSteadily(server.address)
  await sleep(500)

  const before = new Set(steady.calls.acknowledged)
  const backup = await run({ DATABASE_URL: source.url }, 'backup', 'links.backup')
  const { size } = await stat(join(folder, 'links.backup'))
  tell(
    backup.code === 0,
    `${backup.json.linkSet?.links} links backed up in ${backup.seconds} s, ${Math.round(size / 1e6)} MB ${backup.told}`,
  )

  const restored = await emptyDatabase(t)
  const restore = await run({ DATABASE_URL: restored.url }, 'restore', 'links.backup')
  const isSame = restore.json.linkSet?.hash === backup.json.linkSet?.hash
  tell(
    restore.code === 0 && isSame,
    `restored in ${restore.seconds} s, the hash is ${isSame ? 'equal' : 'another'} ${restore.code ? restore.told : ''}`,
  )
  const arrived = await keysIn(restored.url)
  const missing = [...before].filter(key => !arrived.has(key))
  tell(
    missing.length === 0,
    `${before.size} links that were acknowledged before the backup are in it, ${missing.length} are not`,
  )

  const half = await emptyDatabase(t)
  const killed = startProgram(process.execPath, [program, 'restore', 'links.backup'], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: half.url },
    stdio: 'ignore',
  })
  await sleep(restore.seconds * 500)
  killed.kill('SIGKILL')
  await ended(killed)
  const again = await run({ DATABASE_URL: half.url }, 'restore', 'links.backup')
  tell(again.code === 0, `killed in the middle, and restored again: ${again.code === 0 ? 'it was empty' : again.told}`)

  const target = await emptyDatabase(t)
  await writeFile(join(folder, 'to'), target.url)
  const callsBefore = { ...steady.calls }
  const move = await run({ DATABASE_URL: source.url }, 'move', '--to-file', 'to')
  await steady.stop()
  tell(move.code === 0, `moved in ${move.seconds} s ${move.code ? move.told : ''}`)
  const moved = await keysIn(target.url)
  const left = [...steady.calls.acknowledged].filter(key => !moved.has(key))
  tell(left.length === 0, `${steady.calls.acknowledged.size} acknowledged links are there, ${left.length} are not`)
  const { cards, lost, refused, slowest } = steady.calls
  tell(
    lost === 0,
    `${cards} cards were answered meanwhile (${cards - callsBefore.cards} during the move), ${lost} were not; the slowest took ${Math.round(slowest)} ms; ${refused} changes were refused`,
  )
  await server.stop()

  // Controls: a link that is another, and a file that is cut, are noticed.
  const text = gunzipSync(await readFile(join(folder, 'links.backup')))
  const at = text.indexOf('TEST-77')
  text.write('TEST-78', at)
  await writeFile(join(folder, 'changed.backup'), gzipSync(text, { level: 1 }))
  await writeFile(join(folder, 'cut.backup'), (await readFile(join(folder, 'links.backup'))).subarray(0, size - 100))
  const empty = await emptyDatabase(t)
  for (const file of ['changed.backup', 'cut.backup']) {
    const refusal = await run({ DATABASE_URL: empty.url }, 'restore', file)
    tell(refusal.code === 1, `${file} is refused: ${refusal.told.trim()}`)
  }
} finally {
  for (const work of undo) await work()
  await rm(folder, { recursive: true, force: true })
}
console.log(failures === 0 ? 'As promised.' : `${failures} did not hold.`)
process.exit(failures === 0 ? 0 : 1)
