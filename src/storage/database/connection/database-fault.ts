/** What an error says of a database: the state of Postgres (SQLSTATE), the code of Prisma, the kind of its adapter. */
export type DatabaseFault = { sqlState: string | undefined; prismaCode: string | undefined; kind: string | undefined }

/** What the layers (the adapter, Prisma) hang onto an error. */
type Layer = {
  code?: unknown
  errorCode?: unknown
  kind?: unknown
  originalCode?: unknown
  cause?: unknown
  meta?: { driverAdapterError?: unknown }
}

/** Reads what an error, or what caused it, says of the database; undefined where it says nothing of one. */
export function readDatabaseFault(error: unknown): DatabaseFault | undefined {
  const found = layers(error)
  const sqlState = first(found, stateOf)
  const prismaCode = first(found, ({ code, errorCode }) => [code, errorCode].find(isPrismaCode))
  const kind = first(found, layer => (typeof layer.kind === 'string' ? layer.kind : undefined))
  return (sqlState ?? prismaCode ?? kind) === undefined ? undefined : { sqlState, prismaCode, kind }
}

/** The error and what lies below it, as far as it goes. */
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
  // Where the adapter has no name of its own for a state, it gives the state itself.
  return kind === 'postgres' && typeof code === 'string' ? code : undefined
}
