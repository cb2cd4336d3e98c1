// Puts tap together with the plugins that .taprc names. npm runs it after every install (`prepare`), as a test run would
// otherwise begin with it. A production install has no tap, and an image is built without tests: nothing is to do then.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const tap = fileURLToPath(new URL('../node_modules/tap/dist/esm/run.mjs', import.meta.url))
if (existsSync(tap) && existsSync(new URL('../.taprc', import.meta.url))) {
  const { status } = spawnSync(process.execPath, [tap, 'build'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: new URL('..', import.meta.url),
  })
  process.exitCode = status ?? 1
}
