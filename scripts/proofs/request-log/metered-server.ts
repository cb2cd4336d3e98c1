// A server with metrics, or without them (`METRICS=off`), which no setting of a user can leave out. Both are started by this program, in
// a folder as the program is, so that nothing else differs; takes its settings from the environment.
import { loadConfig } from '../../../src/config/load-config.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { openServer } from '../../../src/server.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'

const settings = readSettings(process.env)
const { config } = loadConfig({ settings, env: process.env, directory: process.cwd() })
const log = createLogger(settings.logLevel)
const { publicApp, adminApp, close } = await openServer({
  config,
  log,
  metrics: process.env.METRICS !== 'off',
  openStorage: () => openStorage({ ...settings, log, mustOwn: true }),
})
await adminApp.listen({ host: settings.adminHost, port: settings.adminPort })
await publicApp.listen({ host: settings.host, port: settings.port })
process.on('SIGTERM', () => void close().then(() => process.exit()))
