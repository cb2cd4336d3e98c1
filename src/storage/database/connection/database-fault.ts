/**
 * What an error says about the database: PostgreSQL's SQLSTATE, Prisma's code, the kind of error of its adapter, the code of
 * the system (`ECONNREFUSED`).
 */
export type DatabaseFault = Record<'sqlState' | 'prismaCode' | 'kind' | 'systemCode', string | undefined>

/** What the layers (the adapter, Prisma) attach to an error. */
type Layer = {
  code?: unknown
  errorCode?: unknown
  kind?: unknown
  systemCode?: unknown
  originalCode?: unknown
  cause?: unknown
  meta?: { driverAdapterError?: unknown }
}

/** Reads what an error, or one of its causes, says about the database; undefined if it says nothing about one. */
export function readDatabaseFault(error: unknown): DatabaseFault | undefined {
  const found = layers(error)
  const sqlState = first(found, stateOf)
  const prismaCode = first(found, ({ code, errorCode }) => [code, errorCode].find(isPrismaCode))
  const kind = first(found, layer => (typeof layer.kind === 'string' ? layer.kind : undefined))
  const systemCode = first(found, layer => (typeof layer.systemCode === 'string' ? layer.systemCode : undefined))
  return (sqlState ?? prismaCode ?? kind) === undefined ? undefined : { sqlState, prismaCode, kind, systemCode }
}

/** The error and its causes, eight at most. */
function layers(error: unknown): Layer[] {
  const found: Layer[] = []
  for (let layer = error; isLayer(layer) && found.length < 8; layer = layer.meta?.driverAdapterError ?? layer.cause)
    found.push(layer)
  return found
}

const isLayer = (value: unknown): value is Layer => typeof value === 'object' && value !== null
const isPrismaCode = (value: unknown): value is string => typeof value === 'string' && /^P[12]\d{3}$/.test(value)

function first(found: readonly Layer[], read: (layer: Layer) => string | undefined): string | undefined {
  for (const layer of found) {
    const value = read(layer)
    if (value !== undefined) return value
  }
  return undefined
}

function stateOf({ originalCode, kind, code }: Layer): string | undefined {
  if (typeof originalCode === 'string') return originalCode
  // For a state without a name of its own the adapter gives the state itself.
  return kind === 'postgres' && typeof code === 'string' ? code : undefined
}
