import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'

/**
 * A reader of the output may go away (`tracker-links links list | head`): that is no failure. Any other fault of the output,
 * such as a full disk, is reported. Call the returned function at the end: it resolves to whether there was one.
 */
export function watchOutput({ stdout, stderr }: { stdout: Writable; stderr: Writable }): () => Promise<boolean> {
  let failed = false
  stdout.on('error', error => {
    if (readerIsGone(error) || failed) return
    failed = true
    stderr.write(`Standard output could not be written: ${error.message}.\n`)
  })
  // If standard error fails as well, nobody can be told.
  stderr.on('error', () => {})
  return async () => {
    // Node writes to files, pipes and terminals at once, but reports a fault later.
    await setImmediate()
    return failed
  }
}

/** Writes a long result as fast as its reader takes it. Ends early if the output fails, which `watchOutput` reports. */
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
