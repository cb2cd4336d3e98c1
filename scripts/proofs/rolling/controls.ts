import { caddy, type installedProxies, plainWithoutRepeat, writeCaddyfileWithoutHealth } from './balancers.ts'
import type { Replica } from './replicas.ts'
import { failures, type Ground, type Outcome, roll, tellOutcome } from './roll.ts'

type Control = (ground: Ground, installed: ReturnType<typeof installedProxies>) => Promise<boolean>

/** Up to this version Caddy cannot send a body again (#7546), so that a POST fails where a replica refuses connections. */
const lastBroken = '2.11.1'

/** docker/Caddyfile as it is but for the health checks. A later Caddy may do without them. */
const caddyWithoutHealth: Control = async (ground, { caddy: version = '' }) => {
  const file = await writeCaddyfileWithoutHealth(ground.folder)
  const outcome = await roll(caddy('control, Caddy without health checks', file), {
    ...ground,
    replicas: 2,
    restarts: 4,
  })
  return tellControl(outcome, version.localeCompare(lastBroken, 'en', { numeric: true }) > 0)
}

/** Servers that end without a drain. */
const killed: Control = async ground => {
  const name = 'control, round robin without repeats, servers that are killed'
  return tellControl(await roll({ ...plainWithoutRepeat, name }, { ...ground, replicas: 2, restarts: 10, end: kill }))
}

const kill = (replica: Replica) => replica.kill()

/** Prints what a control showed; returns whether calls failed, as they must. */
function tellControl(outcome: Outcome, maySucceed = false): boolean {
  tellOutcome(outcome, true)
  const isRight = maySucceed || failures(outcome) > 0
  if (!isRight) console.log('NOT OK  the control shows no failure, so that the figures above prove nothing')
  return isRight
}

export const controls: readonly Control[] = [caddyWithoutHealth, killed]
