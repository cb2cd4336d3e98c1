// A new user's path, timed: from an empty folder to the first card of a GitLab merge request, by `init gitlab` and what it
// says. GitLab is played on this machine with the answer of its own documentation. Usage: npm run test:first-card
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  program,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../test/support/start-program.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))
const example = join(top, 'examples/gitlab-merge-request')
const key = 'marcel.amirault/test-project/-/merge_requests/133'
const token = 'canary-gitlab #$1'

const gitlab = createServer((request, response) => {
  const isRight =
    request.url === '/api/v4/projects/marcel.amirault%2Ftest-project/merge_requests/133' &&
    request.headers['private-token'] === token
  void readFile(join(example, 'response.json')).then(answer =>
    response.writeHead(isRight ? 200 : 404, { 'content-type': 'application/json' }).end(isRight ? answer : '{}'),
  )
}).listen(0, '127.0.0.1')
await once(gitlab, 'listening')
const { port } = gitlab.address() as AddressInfo

const folder = await mkdtemp(join(tmpdir(), 'tracker-links-first-card-'))
const env = {
  ...process.env,
  PORT: String(await freePort()),
  ADMIN_PORT: '0',
  DRAIN_SECONDS: '0',
}
const run = async (command: string, words: readonly string[]) =>
  (await promisify(execFile)(command, words, { cwd: folder, env })).stdout

const steps: { step: string; seconds: number }[] = []
let last = performance.now()
const done = (step: string) => {
  const now = performance.now()
  steps.push({ step, seconds: Math.round(now - last) / 1_000 })
  last = now
}

// The owner has the token for GitLab, and knows these four things.
await writeFile(join(folder, 'gitlab-token'), token)
const init = ['init', 'gitlab', '--url', `http://127.0.0.1:${port}`, '--token-file', 'gitlab-token']
const told = await run(process.execPath, [program, ...init, '--responsible', 'team@example.com', '--key', key])
done('tracker-links init gitlab … (both files, and the card as a preview)')

const serve = [...asUsersStartIt, 'serve']
const server = startProgram(process.execPath, serve, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
const output = collectOutput(server)
await untilAnswered(server, async () => output().includes('"msg":"ready"'), { what: 'the server', output, every: 5 })
done('tracker-links serve (a new database)')

const command = /^sed .*$/m.exec(told)?.[0] ?? 'false'
const card = JSON.parse(await run('bash', ['-c', command])) as Record<string, unknown>
done('the first card, by the command that init printed')

await stopProgram(server)
gitlab.close()
gitlab.closeAllConnections()
await rm(folder, { recursive: true, force: true })

console.log(told)
console.log(`${JSON.stringify(card, null, 2)}\n`)
for (const { step, seconds } of steps) console.log(`${seconds.toFixed(2).padStart(6)} s  ${step}`)
console.log(
  `${steps
    .reduce((sum, { seconds }) => sum + seconds, 0)
    .toFixed(2)
    .padStart(6)} s  in all`,
)
const isRight = card.summary === 'Manual job rules' && told.includes('Manual job rules')
process.exitCode = isRight ? 0 : 1
