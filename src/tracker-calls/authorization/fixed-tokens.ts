import { timingSafeEqual } from 'node:crypto'

/**
 * Returns what tells whether a token is one of `tokens`, byte for byte. It always compares all of them, each in constant time: how
 * long that takes reveals neither how much of a token was right nor which one it was.
 */
export function createTokenCheck(tokens: readonly string[]): (token: string) => boolean {
  const texts = tokens.map(token => Buffer.from(token, 'utf8').toString('latin1'))
  const room = lengthBytes + Math.max(...texts.map(text => text.length))
  const known = texts.map(text => writeToken(text, Buffer.alloc(room)))
  const presented = Buffer.alloc(room)
  return token => {
    // Node reads the bytes of a header as Latin-1.
    writeToken(token, presented.fill(0))
    let found = false
    for (const one of known) found = timingSafeEqual(one, presented) || found
    return found
  }
}

const lengthBytes = 4

/** Writes a token after its length, cut off at the end of the room. Two tokens are equal if and only if these bytes are. */
function writeToken(token: string, bytes: Buffer): Buffer {
  bytes.writeUInt32LE(token.length)
  bytes.write(token, lengthBytes, 'latin1')
  return bytes
}
