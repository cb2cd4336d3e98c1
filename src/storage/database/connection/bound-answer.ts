import type { Client } from 'pg'

/** Bytes that a server which is not ours may send in answer to one question, as an HTTP API may (outgoing/read-body.ts). */
const longestAnswer = 1024 * 1024

/**
 * Closes a connection as soon as its server has sent more than 1 MB from now on; the query in flight is rejected with what `tooLarge`
 * returns. The driver would gather a row of any size: a message says its length first, and nothing else bounds it. Returns what
 * ends the count.
 */
export function boundAnswer({ connection }: Client, tooLarge: () => Error): () => void {
  // The socket of a connection that is open: with TLS, what is read is decrypted.
  const { stream } = connection
  let bytes = 0
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > longestAnswer) stream.destroy(tooLarge())
  }
  stream.on('data', count)
  return () => stream.off('data', count)
}
