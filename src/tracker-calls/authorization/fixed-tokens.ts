import { hash, timingSafeEqual } from 'node:crypto'

/**
 * A function that tells whether a token is one of `tokens`, byte for byte. Digests are compared, in constant time and
 * always all of them, so the time an answer takes tells neither how much of a token was right nor which one it was.
 */
export function createTokenCheck(tokens: readonly string[]): (token: string) => boolean {
  const known = tokens.map(token => digest(Buffer.from(token, 'utf8')))
  return token => {
    // Node gives the bytes of a header as Latin-1.
    const presented = digest(Buffer.from(token, 'latin1'))
    let found = false
    for (const one of known) found = timingSafeEqual(one, presented) || found
    return found
  }
}

// By way of hex, because `hash` with a buffer as its output takes nearly twice as long, and every call comes through here.
const digest = (bytes: Buffer) => Buffer.from(hash('sha256', bytes, 'hex'), 'hex')
