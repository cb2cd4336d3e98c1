// The control of the proof: the same server without its limits. One socket listens, every call is taken as it comes, and refusals have
// no pace. Started in a folder as the program is; takes its settings from the environment.
import { loadConfig } from '../../../src/config/load-config.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { openServer } from '../../../src/server.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'

const settings = readSettings(process.env)
const { config } = loadConfig({ settings, env: process.env, directory: process.cwd() })
const log = createLogger(settings.logLevel)
const server = await openServer({
  config,
  log,
  openStorage: () => openStorage({ ...settings, log, mustOwn: true }),
  // So fast a clock that no pace holds.
  clock: { now: () => performance.now() * 1e6 },
})
const { publicApp } = server
publicApp.server
  .removeAllListeners('request')
  .on('request', (request, response) => publicApp.routing(request, response))
await publicApp.listen({ host: settings.host, port: settings.port })
process.on('SIGTERM', () => void server.close().then(() => process.exit()))
