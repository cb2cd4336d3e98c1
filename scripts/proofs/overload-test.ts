// More calls than a server can answer: what is let in must be answered in time, the rest refused at once, and nobody may be
// shut out by another. Usage: npm run test:overload [SECONDS], 3 seconds for each measurement by default. Exit code 1 if something does
// not hold. Callers share the machine with the server: a row says `cannot tell` if the same calls take as much with another server.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { asUsersStartIt } from '../../test/support/start-program.ts'
import { type ConfiguredServer, startConfigured } from './configured-server.ts'
import {
  type Flood,
  feel,
  floods,
  type Measured,
  type Overload,
  type OverloadName,
  overload,
  overloads,
} from './overload/phases.ts'
import { startRefusing, tokens } from './overload/run-callers.ts'

const seconds = Number(process.argv[2] ?? 3)
/** How often each is measured, the controls aside. */
const turns = 7
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
const counts = { failed: 0, untold: 0 }

/** `machines`: it does not hold by what callers alone take of this machine. */
function verdict(holds: boolean, what: string, machines = false): void {
  if (!holds) counts[machines ? 'untold' : 'failed']++
  console.log(`${holds ? 'ok         ' : machines ? 'cannot tell' : 'FAILED     '}  ${what}`)
}

/** A time that is too long is the machine's if it is without the server, too, and the server adds no more than the bound. */
const within = (time: number, most: number, beside: number, what: string) =>
  verdict(time <= most, `${what} at most ${most} ms (p99)`, beside > most && time <= beside + most)

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`
const portOf = ({ address }: ConfiguredServer) => Number(new URL(address).port)

async function start(program?: string, name = program ?? 'server'): Promise<ConfiguredServer> {
  const own = join(folder, name)
  await mkdir(own, { recursive: true })
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'info' }
  // With the same limits of Node's heap.
  const words = program && [...asUsersStartIt.slice(0, -1), join(import.meta.dirname, 'overload', program)]
  return await startConfigured(own, config, env, words || undefined)
}

async function fillObjects(): Promise<void> {
  const prisma = createPrismaClient({ databaseUrl, log: silent, size: 1, limitSessions: true })
  const objects = Object.keys(tokens).map(applicationId => ({ applicationId, key: 'D-1', summary: 'Spare parts' }))
  await prisma.linkedObject.createMany({ data: objects })
  await prisma.$disconnect()
}

const said = ({ peak, over, letIn, slower }: Overload) =>
  `peak ${peak.perSecond.toFixed(0)}/s, p99 ${ms(peak.accepted.p99)}, health p99 ${ms(peak.health)}; let in ${over.perSecond.toFixed(0)}/s (${letIn.toFixed(2)} ×), p99 ${ms(over.accepted.p99)} (${slower.toFixed(1)} ×); ${over.refused.count} refused, p99 ${ms(over.refused.p99)}; health p99 ${ms(over.health)}`
const saidBeside = ({ beside, besideLetIn }: Overload) =>
  `  as many refused by another program: let in ${besideLetIn.toFixed(2)} ×, p99 ${ms(beside.accepted.p99)}; refusals p99 ${ms(beside.refused.p99)}; health p99 ${ms(beside.health)}`

/** The least share of the peak that is let in. */
const leastLetIn = 0.9

async function proveOverload(server: ConfiguredServer, measured: Measured): Promise<void> {
  const before = server.peakMemory()
  for (const name of Object.keys(overloads) as OverloadName[]) {
    const result = await overload(measured, name, turns)
    const { over, beside } = result
    console.log(`${name}: ${said(result)}`)
    console.log(saidBeside(result))
    const machines = result.besideLetIn < leastLetIn && result.letIn >= leastLetIn * result.besideLetIn
    verdict(result.letIn >= leastLetIn, `at least ${leastLetIn * 100} % of the peak is let in`, machines)
    verdict(result.slower <= 2, 'p99 of what is let in is at most twice that at the peak')
    // Who calls again at once is made to wait.
    const isDeaf = name === '3,000 callers, who call again at once'
    if (isDeaf) verdict(over.refused.p99 <= 4_000, 'refusals take at most 4 s (p99)')
    else within(over.refused.p99, 50, beside.refused.p99, 'refusals take')
    within(over.health, 100, beside.health, 'the health takes')
    verdict(
      Object.keys(over.faults).length === 0,
      `no connection fails, nor a question for the health ${JSON.stringify(over.faults)}`,
    )
  }
  const grown = (server.peakMemory() - before) / mebibyte
  verdict(grown <= 250, `memory is bounded: ${grown.toFixed(0)} MiB more than before`)
}

const manyCards = "another application's cards"

async function proveFloods(server: ConfiguredServer): Promise<void> {
  for (const flood of (Object.keys(floods) as Flood[]).filter(flood => flood !== manyCards)) {
    const [felt] = await feel([portOf(server)], seconds, flood, turns)
    const figures = `p99 of others ${ms(felt.quiet)} without, ${ms(felt.flooded)} with it`
    verdict(felt.ratio <= 1.5 && felt.faults === 0, `a flood of ${flood}: ${felt.ratio.toFixed(2)} × (${figures})`)
  }
}

/**
 * Cards are answered as fast as they come, whoever calls, so that such a flood takes all there is of the machine. A flood of the same
 * cards of another server here, which takes as much and shares nothing with them, tells which part of it is the machine's.
 */
async function proveTurns(server: ConfiguredServer, another: ConfiguredServer): Promise<void> {
  const [own, other] = await feel([portOf(server), portOf(another)], seconds, manyCards, turns)
  const figures = `p99 of others ${ms(own.quiet)} without, ${ms(own.flooded)} with it, ${ms(other.flooded)} if another server has it`
  const said = `a flood of ${manyCards}: ${own.ratio.toFixed(2)} × (${figures}, ${other.ratio.toFixed(2)} ×)`
  const machines = own.faults === 0 && other.ratio > 1.5 && own.ratio <= 1.5 * other.ratio
  verdict(own.ratio <= 1.5 && own.faults === 0, said, machines)
}

/** The same, of a server without limits: the proof must see that they are missing. */
async function proveControl(measured: Measured): Promise<void> {
  const result = await overload(measured, '3,000 callers, who wait if they are told to', 1)
  console.log(`control: ${said(result)}`)
  verdict(result.slower > 2, 'without limits the p99 is more than twice that at the peak')
  const [felt] = await feel([measured.port], seconds / 2, 'wrong tokens', 3)
  verdict(felt.ratio > 1.5, `without limits a flood of wrong tokens is felt: ${felt.ratio.toFixed(2)} ×`)
}

const refusing = await startRefusing()
const measuredOf = (server: ConfiguredServer): Measured => ({
  port: portOf(server),
  refusingPort: refusing.port,
  seconds,
})
try {
  let server = await start()
  await fillObjects()
  const another = await start(undefined, 'another')
  await proveTurns(server, another)
  await another.stop()
  await proveFloods(server)
  await proveOverload(server, measuredOf(server))
  await server.stop()
  server = await start('unlimited-server.ts')
  await proveControl(measuredOf(server))
  await server.stop()
} finally {
  refusing.stop()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
const { failed, untold } = counts
if (untold > 0) console.log(`${untold} cannot be told here: the callers take too much of the machine.`)
console.log(failed > 0 ? `${failed} do not hold.` : untold > 0 ? 'All others hold.' : 'All of it holds.')
process.exitCode = failed === 0 ? 0 : 1
