/**
 * The kind of an error in one word: the code of Node, undici or a driver (`ECONNREFUSED`), otherwise the error's name; never
 * its message, which may quote an answer, an address or a secret.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
