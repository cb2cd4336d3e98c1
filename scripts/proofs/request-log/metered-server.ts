// A server with metrics on PORT, and on UNMETERED_PORT one without them, which no setting of a user can leave out. Both in one process: two
// processes of the same program differ by a quarter in what a call costs, each for as long as it lives. Started in a folder as the
// program is; takes its settings from the environment.
import { loadConfig } from '../../../src/config/load-config.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { openServer } from '../../../src/server.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'

const settings = readSettings(process.env)
const { config } = loadConfig({ settings, env: process.env, directory: process.cwd() })
const log = createLogger(settings.logLevel)
const open = (metrics: boolean) =>
  openServer({ config, log, metrics, openStorage: () => openStorage({ ...settings, log, mustOwn: true }) })
const [metered, unmetered] = [await open(true), await open(false)]
const { host } = settings
await metered.adminApp.listen({ host, port: settings.adminPort })
await unmetered.publicApp.listen({ host, port: Number(process.env.UNMETERED_PORT) })
await metered.publicApp.listen({ host, port: settings.port })
process.on('SIGTERM', () => void Promise.all([metered.close(), unmetered.close()]).then(() => process.exit()))
