// Restarts the replicas of a server one after another, 10 times, under 200 calls a second: no call may fail, and in the end
// exactly the links have to exist that were acknowledged. In front stand Caddy with docker/Caddyfile, nginx and HAProxy with
// the configurations of docs/deploy.md, or a client that calls the replicas in turn.
// Usage: npm run test:rolling [-- BALANCER [REPLICAS]], such as `-- nginx 2`, or `-- controls`; everything by default.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { balancers, installedProxies } from './rolling/balancers.ts'
import { controls } from './rolling/controls.ts'
import { roll, tellOutcome } from './rolling/roll.ts'

const [onlyBalancer, onlyReplicas] = process.argv.slice(2)
const chosen = balancers.filter(({ name }) => onlyBalancer === undefined || name === onlyBalancer)
const counts = [2, 3].filter(count => onlyReplicas === undefined || String(count) === onlyReplicas)
const withControls = onlyBalancer === undefined || onlyBalancer === 'controls'
if (chosen.length * counts.length === 0 && !withControls) {
  const names = balancers.map(({ name }) => `'${name}'`).join(', ')
  throw new Error(`Usage: npm run test:rolling [-- BALANCER [REPLICAS]]; a balancer is one of ${names}, or 'controls'.`)
}

const installed = installedProxies()
const missing = Object.entries(installed).flatMap(([name, version]) => (version === undefined ? [name] : []))
console.log(
  `proxies: ${Object.entries(installed)
    .map(([name, version]) => `${name} ${version ?? 'missing'}`)
    .join(', ')}`,
)
if (missing.length > 0)
  throw new Error(`Not installed: ${missing.join(', ')}. On Debian: apt-get install ${missing.join(' ')}`)

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-rolling-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent })
const ground = { folder, databaseUrl: await postgres.url('postgres') }
const isRight: boolean[] = []
try {
  for (const balancer of chosen)
    for (const replicas of counts)
      isRight.push(tellOutcome(await roll(balancer, { ...ground, replicas, restarts: 10 })))
  if (withControls) for (const control of controls) isRight.push(await control(ground, installed))
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = isRight.every(Boolean) ? 0 : 1
