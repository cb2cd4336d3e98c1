import { existsSync, rmSync } from 'node:fs'
import { type KernelLock, tryKernelLock } from '../storage/database/opening/kernel-lock.ts'

/**
 * Takes the lock of a file until the process ends: a second file beside it, `.lock`, which `release` removes. Undefined if another
 * program holds it. Throws if it cannot be created.
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
