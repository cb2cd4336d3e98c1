// Takes the pictures of the README from a server as it starts in an empty folder: node scripts/take-pictures.ts
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser } from '../test/support/start-browser.ts'
import {
  asUsersStartIt,
  collectOutput,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../test/support/start-program.ts'

const pictures = join(import.meta.dirname, '../docs/pictures')
const cwd = await mkdtemp(join(tmpdir(), 'tracker-links-pictures-'))
// The ports are seen in the pictures.
const env = { ...process.env, PORT: '8080', ADMIN_PORT: '8081', SANDBOX_PORT: '8082', DRAIN_SECONDS: '0', NODE_ENV: '' }
const server = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
  cwd,
  env,
  stdio: ['ignore', 'pipe', 'pipe'],
})
const output = collectOutput(server)
const issue = await untilAnswered(server, async () => /http:\S+\/issues\/\S+/.exec(output())?.[0], {
  what: 'the sandbox',
  output,
})
const { browser, close } = await openBrowser()

const page = await browser.newPage({
  viewport: { width: 960, height: 800 },
  colorScheme: 'light',
  deviceScaleFactor: 1.25,
})
await page.goto(issue, { waitUntil: 'networkidle' })
const calls = await page.getByRole('heading', { name: 'Calls about links' }).boundingBox()
const bottom = Math.floor((calls?.y ?? 800) - 16)
await page.screenshot({ path: join(pictures, 'issue.png'), clip: { x: 0, y: 0, width: 960, height: bottom } })
await page.goto('http://127.0.0.1:8081/docs', { waitUntil: 'networkidle' })
await page
  .locator('.opblock-tag-section', { has: page.locator('#operations-tag-Links') })
  .screenshot({ path: join(pictures, 'api.png') })

await close()
await stopProgram(server)
await rm(cwd, { recursive: true })
