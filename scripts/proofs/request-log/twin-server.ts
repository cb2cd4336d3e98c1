// A server as it is on PORT, and on TWIN_PORT one that lacks what TWIN_WITHOUT names: `metrics`, which no setting of a user can leave out,
// or the `calls` of the request log. Both in one process: two processes of the same program differ by a quarter in what a call
// costs, each for as long as it lives. Started in a folder as the program is; takes its settings from the environment.
import { loadConfig } from '../../../src/config/load-config.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { openServer } from '../../../src/server.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'

const settings = readSettings(process.env)
const { config } = loadConfig({ settings, env: process.env, directory: process.cwd() })
const log = createLogger(settings.logLevel)
const lacks = process.env.TWIN_WITHOUT
const lacking = lacks === 'metrics' ? { metrics: false } : { config: withoutCalls() }
const open = (more: object) =>
  openServer({ config, log, openStorage: () => openStorage({ ...settings, log, mustOwn: true }), ...more })
const [whole, twin] = [await open({}), await open(lacking)]
const { host } = settings
await whole.adminApp.listen({ host, port: settings.adminPort })
await twin.publicApp.listen({ host, port: Number(process.env.TWIN_PORT) })
await whole.publicApp.listen({ host, port: settings.port })
process.on('SIGTERM', () => void Promise.all([whole.close(), twin.close()]).then(() => process.exit()))

function withoutCalls() {
  return { ...config, retention: { ...config.retention, callRecords: 0 } }
}
