import { userInfo } from 'node:os'
import type { Actor } from '../../links/actor.ts'

/** Who changes links by these commands: the user of the operating system. */
export function operator(): Actor {
  try {
    return { kind: 'operator', login: userInfo().username }
  } catch {
    // A user id without a name: usual in containers.
    const uid = process.getuid?.()
    return uid === undefined ? { kind: 'operator' } : { kind: 'operator', login: `uid ${uid}` }
  }
}
