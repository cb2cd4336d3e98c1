// Builds tap with the plugins that .taprc names. npm runs it after every install (`prepare`); otherwise the first test run
// would begin with it. A production install has no tap, and an image is built without tests: then there is nothing to do.
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
