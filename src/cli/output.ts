import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'

/**
 * Lets a reader of the output go away (`tracker-links links list | head`) without a failure. Any other fault of the
 * output, such as a full disk, is told. Call the function that it returns at the end: it resolves to whether there was one.
 */
export function watchOutput({ stdout, stderr }: { stdout: Writable; stderr: Writable }): () => Promise<boolean> {
  let failed = false
  stdout.on('error', error => {
    if (readerIsGone(error) || failed) return
    failed = true
    stderr.write(`Standard output could not be written: ${error.message}.\n`)
  })
  // Where not even this can be told, there is nobody to tell.
  stderr.on('error', () => {})
  return async () => {
    // The fault of a write is told after it, though Node writes to files, pipes and terminals at once.
    await setImmediate()
    return failed
  }
}

/** Writes a long result as fast as its reader takes it. Ends early where the output fails, which `watchOutput` tells. */
export async function writeAll(source: Readable, stdout: Writable): Promise<void> {
  let failed = false
  const fail = () => {
    failed = true
  }
  stdout.once('error', fail)
  try {
    await pipeline(source, stdout, { end: false })
  } catch (error) {
    if (!failed) throw error
  } finally {
    stdout.off('error', fail)
  }
}

function readerIsGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
}
