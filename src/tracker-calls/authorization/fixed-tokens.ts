import { timingSafeEqual } from 'node:crypto'

/**
 * Returns what tells the place of a token in `tokens`, from 1, or 0 if it is none of them, byte for byte. It always compares all of
 * them, each in constant time: how long that takes reveals neither how much of a token was right nor which one it was.
 */
export function createTokenCheck(tokens: readonly string[]): (token: string) => number {
  const texts = tokens.map(token => Buffer.from(token, 'utf8').toString('latin1'))
  const room = lengthBytes + Math.max(...texts.map(text => text.length))
  const known = texts.map(text => writeToken(text, Buffer.alloc(room)))
  const presented = Buffer.alloc(room)
  return token => {
    // Node reads the bytes of a header as Latin-1.
    writeToken(token, presented.fill(0))
    let place = 0
    // No branch on what was found. Backwards, so that of two equal ones the first counts.
    for (let index = known.length; index > 0; index--)
      place += (index - place) * Number(timingSafeEqual(known[index - 1] as Buffer, presented))
    return place
  }
}

const lengthBytes = 4

/** Writes a token after its length, cut off at the end of the room. Two tokens are equal if and only if these bytes are. */
function writeToken(token: string, bytes: Buffer): Buffer {
  bytes.writeUInt32LE(token.length)
  bytes.write(token, lengthBytes, 'latin1')
  return bytes
}
