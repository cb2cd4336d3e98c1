// A new user's path, timed: from an empty folder to the first card of a GitLab merge request, by the example and nothing
// else. GitLab is played on this machine with the answer of its own documentation. Usage: npm run test:first-card
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  asUsersStartIt,
  collectOutput,
  program,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../test/support/start-program.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))
const example = join(top, 'examples/gitlab-merge-request')
const key = 'marcel.amirault/test-project/-/merge_requests/133'
const token = 'canary-gitlab'

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
  GITLAB_TOKEN: token,
  TRACKER_TOKEN: 'canary-tracker',
  PORT: '0',
  ADMIN_PORT: '0',
  DRAIN_SECONDS: '0',
}
const run = async (...words: string[]) =>
  (await promisify(execFile)(process.execPath, [program, ...words], { cwd: folder, env })).stdout

const steps: { step: string; seconds: number }[] = []
let last = performance.now()
const done = (step: string) => {
  const now = performance.now()
  steps.push({ step, seconds: Math.round(now - last) / 1_000 })
  last = now
}

await cp(join(example, 'tracker-links.yaml'), join(folder, 'tracker-links.yaml'))
const text = await readFile(join(folder, 'tracker-links.yaml'), 'utf8')
const config = text.replace(
  'url: https://gitlab.example.com/',
  `privateHosts: ["127.0.0.1"]\n      url: http://127.0.0.1:${port}/`,
)
await writeFile(join(folder, 'tracker-links.yaml'), config)
done("copy the example, and write one's own GitLab into it")

await run('config', 'check')
done('tracker-links config check')

const preview = await run('objects', 'preview', 'gitlab', key)
done(`tracker-links objects preview gitlab ${key}`)

const serve = [...asUsersStartIt, 'serve']
const server = startProgram(process.execPath, serve, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
const output = collectOutput(server)
const listening = async () =>
  output().includes('"msg":"ready"') && /Server listening at (http:[^"\s]+)/.exec(output())?.[1]
const address = await untilAnswered(server, listening, { what: 'the server', output, every: 5 })
done('tracker-links serve (a new database)')

const answer = await fetch(`${address}/gitlab/objects/${encodeURIComponent(key)}`, {
  headers: { authorization: 'OAuth canary-tracker' },
})
const card = (await answer.json()) as Record<string, unknown>
done('the first card')

await stopProgram(server)
gitlab.close()
gitlab.closeAllConnections()
await rm(folder, { recursive: true, force: true })

console.log(preview)
console.log(`${answer.status} ${JSON.stringify(card, null, 2)}\n`)
for (const { step, seconds } of steps) console.log(`${seconds.toFixed(2).padStart(6)} s  ${step}`)
console.log(
  `${steps
    .reduce((sum, { seconds }) => sum + seconds, 0)
    .toFixed(2)
    .padStart(6)} s  in all`,
)
const isRight = answer.status === 200 && card.summary === 'Manual job rules' && preview.includes('Manual job rules')
process.exitCode = isRight ? 0 : 1
