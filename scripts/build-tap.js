// Puts tap together with the plugins that .taprc names. npm runs it after every install (`prepare`), as a test run would
// otherwise begin with it. A production install has no tap: there is nothing to do then.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const tap = fileURLToPath(new URL('../node_modules/tap/dist/esm/run.mjs', import.meta.url))
if (existsSync(tap)) {
  const { status } = spawnSync(process.execPath, [tap, 'build'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: new URL('..', import.meta.url),
  })
  process.exitCode = status ?? 1
}
