import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { OutgoingFailure } from './outgoing-failure.ts'

/** Bytes of a body, after decoding. */
export const longestAnswer = 1024 * 1024

const decoders: Record<string, () => NodeJS.ReadWriteStream> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

export const tooLarge = () => new OutgoingFailure('answer-invalid', 'the answer is larger than 1 MB')

/** The encodings to ask for. Not `deflate`, which servers implement in two ways; it is decoded all the same if it comes. */
export const acceptedEncodings = 'gzip, br'

/**
 * The text of a body, decoded as it arrives: never more than `longestAnswer` bytes are held, however few were sent. Throws
 * OutgoingFailure `answer-invalid`, and what the stream throws.
 */
export async function readBody(body: Readable, encoding: string): Promise<string> {
  // The reader gets the error anyway; without a listener, a body that breaks off would end the process.
  body.on('error', () => {})
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return await collect(body)
  const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (!decoder) {
    body.destroy()
    throw new OutgoingFailure('answer-invalid', 'the answer has a content-encoding that was not asked for')
  }
  try {
    return await pipeline(body, decoder(), decoded => collect(decoded as AsyncIterable<Buffer>))
  } catch (error) {
    throw isDecoderError(error) ? new OutgoingFailure('answer-invalid', `the answer is not valid ${name}`) : error
  }
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<string> {
  const gathered: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    // Leaving the loop ends the stream, and with it the connection.
    if (size > longestAnswer) throw tooLarge()
    gathered.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(gathered))
  } catch {
    throw new OutgoingFailure('answer-invalid', 'the answer is not UTF-8')
  }
}

const isDecoderError = (error: unknown) =>
  error instanceof Error && 'code' in error && /^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT)/.test(String(error.code))
