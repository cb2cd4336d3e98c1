import { closeSync, openSync, readSync } from 'node:fs'

/**
 * The bytes of a file; one more than `most` if it has more, so that an endless device or pipe does no harm. Throws what Node does.
 */
export function readAtMost(file: string, most: number): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(most + 1)
    let length = 0
    for (let read = -1; read !== 0; length += read) {
      read = readSync(descriptor, bytes, length, bytes.length - length, null)
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}
