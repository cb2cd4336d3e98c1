/** The owner of a token, as a verifier names it; `expiresAt` is Unix time in seconds. */
export type TokenOwner = { login?: string; uid?: bigint; clientId?: string; expiresAt?: number }

/** What a verifier says about a token; `refused` tells the operator how it said no. */
export type Verdict = { owner: TokenOwner } | { refused: string }

// The column `actor_uid` is a signed 64-bit integer.
const highestUid = 2n ** 63n - 1n

/**
 * Reads the owner from fields of a verifier's answer, numbers as strings of their digits. Leaves out a field that cannot be
 * stored.
 */
export function readOwner(fields: { login?: unknown; uid?: unknown; clientId?: unknown }): TokenOwner {
  const login = readText(fields.login)
  const uid = readUid(fields.uid)
  const clientId = readText(fields.clientId)
  return {
    ...(login !== undefined && { login }),
    ...(uid !== undefined && { uid }),
    ...(clientId !== undefined && { clientId }),
  }
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !value.includes('\0') && value.isWellFormed() ? value : undefined
}

function readUid(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,18})$/.test(value)) return undefined
  const uid = BigInt(value)
  return uid <= highestUid ? uid : undefined
}
