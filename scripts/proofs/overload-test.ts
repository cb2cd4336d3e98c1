// More calls than a server can answer: what is let in must be answered in time, the rest refused at once, and nobody may be
// shut out by another. Usage: npm run test:overload [SECONDS], 8 seconds for each measurement by default.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { type ConfiguredServer, startConfigured } from './configured-server.ts'
import { type Flood, feel, findPeak, floods, type Measured, type Overloaded, overload } from './overload/phases.ts'
import { tokens } from './overload/run-callers.ts'

const seconds = Number(process.argv[2] ?? 8)
const mebibyte = 1024 * 1024
const silent = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-overload-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent })
const databaseUrl = await postgres.url('postgres')
const config = {
  publicUrl: 'https://links.example.com',
  applications: Object.entries(tokens).map(([id, token]) => ({
    id,
    name: id,
    frontUrl: `https://${id}.example.com/{{remoteKey}}`,
    responsible: 'crm@example.com',
    authorization: { kind: 'token', tokens: [token] },
  })),
}
let failed = 0

function verdict(holds: boolean, what: string): void {
  if (!holds) failed++
  console.log(`${holds ? 'ok    ' : 'FAILED'}  ${what}`)
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
const portOf = ({ address }: ConfiguredServer) => Number(new URL(address).port)

async function start(program?: string): Promise<ConfiguredServer> {
  const own = join(folder, program ?? 'server')
  await mkdir(own, { recursive: true })
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'info' }
  const words = program === undefined ? undefined : [join(import.meta.dirname, 'overload', program)]
  return await startConfigured(own, config, env, words)
}

async function fillObjects(): Promise<void> {
  const prisma = createPrismaClient({ databaseUrl, log: silent, size: 1, limitSessions: true })
  const objects = Object.keys(tokens).map(applicationId => ({ applicationId, key: 'D-1', summary: 'Spare parts' }))
  await prisma.linkedObject.createMany({ data: objects })
  await prisma.$disconnect()
}

const said = ({ callers, perSecond, health }: Overloaded) =>
  `${perSecond.toFixed(0)}/s let in, p99 ${ms(callers.accepted.p99)}; ${callers.refused.count} refused, p99 ${ms(callers.refused.p99)}; health p99 ${ms(health.p99)}; faults ${JSON.stringify(callers.faults)}`

async function proveOverload(server: ConfiguredServer): Promise<void> {
  const measured: Measured = { port: portOf(server), seconds }
  const peak = await findPeak(measured)
  console.log(`peak: ${peak.perSecond.toFixed(0)} creations/s with ${peak.callers} callers, p99 ${ms(peak.p99)}`)
  const before = server.memory()
  const kinds = {
    '3,000 callers, who wait if they are told to': { isPatient: true },
    '3,000 callers, who call again at once': {},
    'three times the peak, whatever is answered': { rate: 3 * peak.perSecond },
  }
  for (const [name, how] of Object.entries(kinds)) {
    const result = await overload(measured, how)
    console.log(`${name}: ${said(result)}`)
    verdict(result.perSecond >= 0.9 * peak.perSecond, 'at least 90 % of the peak is let in')
    verdict(result.callers.accepted.p99 <= 2 * peak.p99, 'p99 of what is let in is at most twice that at the peak')
    verdict(result.callers.refused.p99 <= 50, 'refusals take at most 50 ms (p99)')
    verdict(result.health.p99 <= 100, 'the health takes at most 100 ms (p99)')
    verdict(Object.keys(result.callers.faults).length === 0, 'no connection is reset or closed before its answer')
  }
  const grown = (server.peakMemory() - before) / mebibyte
  verdict(grown <= 250, `memory is bounded: ${grown.toFixed(0)} MiB more than at the peak rate`)
}

async function proveFloods(server: ConfiguredServer): Promise<void> {
  for (const flood of Object.keys(floods) as Flood[]) {
    const felt = await feel({ port: portOf(server), seconds: seconds / 2 }, flood, 5)
    const figures = `p99 of others ${ms(felt.quiet)} without, ${ms(felt.flooded)} with it`
    verdict(felt.ratio <= 1.5 && felt.faults === 0, `a flood of ${flood}: ${felt.ratio.toFixed(2)} × (${figures})`)
  }
}

/** The same, of a server without limits: the proof must see that they are missing. */
async function proveControl(server: ConfiguredServer): Promise<void> {
  const measured: Measured = { port: portOf(server), seconds }
  const peak = await findPeak(measured)
  const result = await overload(measured, {})
  console.log(`control, 3,000 callers: ${said(result)}`)
  verdict(result.callers.accepted.p99 > 2 * peak.p99, 'without limits the p99 is more than twice that at the peak')
  const felt = await feel({ port: portOf(server), seconds: seconds / 2 }, 'wrong tokens', 3)
  verdict(felt.ratio > 1.5, `without limits a flood of wrong tokens is felt: ${felt.ratio.toFixed(2)} ×`)
}

try {
  let server = await start()
  await fillObjects()
  await proveFloods(server)
  await proveOverload(server)
  await server.stop()
  server = await start('unlimited-server.ts')
  await proveControl(server)
  await server.stop()
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
console.log(failed === 0 ? 'All of it holds.' : `${failed} do not hold.`)
process.exitCode = failed === 0 ? 0 : 1
