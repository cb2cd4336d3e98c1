import { readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { giveToOwnerOf, makeOwnedFile, makeOwnedFolder } from '../embedded-postgres/owned-folder.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'
import { type KernelLock, tryKernelLock } from './kernel-lock.ts'

/**
 * The right to the data folder. One process owns it and runs PostgreSQL there; others, such as a command beside a running
 * server, are its guests and connect to that PostgreSQL. Both rights are locks of the kernel: they end with the process.
 */
export type DataFolderClaim =
  | {
      role: 'owner'
      /** Lets guests in: PostgreSQL runs and has the schema. */
      admitGuests(): Promise<void>
      /** Lets no more guests in and waits until they are gone, at most `patience` milliseconds. */
      awaitGuests(patience: number): Promise<void>
      release(): Promise<void>
    }
  | { role: 'guest'; release(): Promise<void> }

type OwnerNote = { pid: number; admitsGuests: boolean }

/**
 * Claims a data folder, which is made where there is none. `mustOwn`: do not come as a guest. Waits up to `patience`
 * milliseconds, for a command to end or for a starting owner to admit guests. Throws StorageFault `data-folder-in-use` or
 * `data-folder-unusable`.
 */
export async function claimDataFolder(
  dataDirectory: string,
  { mustOwn, log, patience = 30_000 }: { mustOwn: boolean; log: StorageLog; patience?: number },
): Promise<DataFolderClaim> {
  const folder = resolve(dataDirectory)
  try {
    // Others may pass but not look: where PostgreSQL has to run as another user, its own folder below is closed.
    await makeOwnedFolder(folder, 0o711)
    for (const path of [ownerLock(folder), guestLock(folder)]) await makeOwnedFile(path)
    const end = performance.now() + patience
    for (let tries = 0; performance.now() < end; tries++) {
      const claim = (await claimAsOwner(folder)) ?? (mustOwn ? undefined : await claimAsGuest(folder))
      if (claim) return claim
      if (tries === 20) log.info({ pid: (await readNote(folder))?.pid }, 'Another process has the data folder: waiting')
      await sleep(50)
    }
  } catch (error) {
    throw unusable(folder, error)
  }
  const owner = await readNote(folder)
  throw new StorageFault(
    'data-folder-in-use',
    `The data folder ${folder} belongs to another process${owner ? `, ${owner.pid}` : ''}, which did not ${mustOwn ? 'leave it' : 'finish its start'} within ${patience / 1000} s. Stop that process, or set DATA_DIR to another folder.`,
  )
}

const ownerLock = (folder: string) => join(folder, 'owner.lock')
const guestLock = (folder: string) => join(folder, 'guests.lock')
const ownerNote = (folder: string) => join(folder, 'owner.json')

async function claimAsOwner(folder: string): Promise<DataFolderClaim | undefined> {
  const lock = tryKernelLock(ownerLock(folder), 'exclusive')
  if (lock === undefined) return undefined
  try {
    await writeNote(folder, false)
  } catch (error) {
    lock.release()
    throw error
  }
  return {
    role: 'owner',
    admitGuests: () => writeNote(folder, true),
    awaitGuests: async patience => {
      await writeNote(folder, false)
      await waitForGuests(folder, patience)
    },
    release: async () => lock.release(),
  }
}

async function claimAsGuest(folder: string): Promise<DataFolderClaim | undefined> {
  const before = await readNote(folder)
  if (!before?.admitsGuests) return undefined
  const lock = tryKernelLock(guestLock(folder), 'shared')
  // Read again: an owner that has just closed its door may have looked for guests before we were one.
  const after = await readNote(folder)
  if (lock !== undefined && after?.admitsGuests && after.pid === before.pid)
    return { role: 'guest', release: async () => lock.release() }
  lock?.release()
  return undefined
}

async function waitForGuests(folder: string, patience: number): Promise<void> {
  const end = performance.now() + patience
  let lock: KernelLock | undefined
  do {
    lock = tryKernelLock(guestLock(folder), 'exclusive')
    if (lock === undefined) await sleep(20)
  } while (lock === undefined && performance.now() < end)
  lock?.release()
}

async function readNote(folder: string): Promise<OwnerNote | undefined> {
  try {
    return JSON.parse(await readFile(ownerNote(folder), 'utf8')) as OwnerNote
  } catch {
    // Not there yet, or cut off by a power cut: the next owner writes it anew.
    return undefined
  }
}

/** Written beside and renamed, so that nobody reads half of it. */
async function writeNote(folder: string, admitsGuests: boolean): Promise<void> {
  const note: OwnerNote = { pid: process.pid, admitsGuests }
  const unfinished = `${ownerNote(folder)}.new`
  await writeFile(unfinished, JSON.stringify(note))
  await giveToOwnerOf(folder, unfinished)
  await rename(unfinished, ownerNote(folder))
}

/** The fault of a data folder that the system does not let us use. */
export function unusable(folder: string, error: unknown): StorageFault {
  const told = error instanceof Error ? error.message : String(error)
  return new StorageFault(
    'data-folder-unusable',
    `The data folder ${folder} cannot be used: ${told}. Start the program as the user to whom the folder belongs, or set DATA_DIR to another folder.`,
    error,
  )
}
