import { existsSync, rmSync } from 'node:fs'
import { type KernelLock, tryKernelLock } from '../storage/database/opening/kernel-lock.ts'

/**
 * Takes the lock of a file, for as long as this process lives: a second file beside it, `.lock`, which `release` removes.
 * Undefined where another program has it. Throws where it cannot be made.
 */
export function lockBeside(path: string): KernelLock | undefined {
  const file = `${path}.lock`
  const held = tryKernelLock(file, 'exclusive')
  return (
    held && {
      release: () => {
        if (existsSync(file)) rmSync(file)
        held.release()
      },
    }
  )
}
