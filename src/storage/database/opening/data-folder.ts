import { access, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { giveToOwnerOf, makeOwnedFile, makeOwnedFolder } from '../embedded-postgres/owned-folder.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'
import { type KernelLock, tryKernelLock } from './kernel-lock.ts'

/**
 * A claim on the data folder. One process owns it and runs PostgreSQL there; others, such as a command beside a running
 * server, are its guests and connect to that PostgreSQL. Both claims are kernel locks: they end with the process.
 */
export type DataFolderClaim =
  | {
      role: 'owner'
      /** Lets guests in. Call it when PostgreSQL runs and has the schema. */
      admitGuests(): Promise<void>
      /** Lets no more guests in and waits until the last has left, at most `longestWait` milliseconds. */
      awaitGuests(longestWait: number): Promise<void>
      release(): Promise<void>
    }
  | { role: 'guest'; release(): Promise<void> }

/**
 * Whether somebody ever used a data folder, if only to make a database in it just now. Throws StorageFault
 * `data-folder-unusable` where this user may not look.
 */
export async function holdsSomething(folder: string): Promise<boolean> {
  try {
    return (await isThere(ownerLock(folder))) || (await isThere(join(folder, 'postgres')))
  } catch (error) {
    throw unusable(folder, error)
  }
}

/** Throws if that cannot be seen. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

type OwnerNote = { pid: number; admitsGuests: boolean }

/**
 * Claims a data folder and creates it if it does not exist. `mustOwn`: as its owner, never as a guest. Waits up to
 * `longestWait` milliseconds for a command to end, or for a starting owner to admit guests. Throws StorageFault
 * `data-folder-in-use` or `data-folder-unusable`.
 */
export async function claimDataFolder(
  dataDirectory: string,
  { mustOwn, log, longestWait = 30_000 }: { mustOwn: boolean; log: StorageLog; longestWait?: number },
): Promise<DataFolderClaim> {
  const folder = resolve(dataDirectory)
  try {
    // Others may enter it but not list it: PostgreSQL may have to run as another user. Its own folder below is closed.
    await makeOwnedFolder(folder, 0o711)
    for (const path of [ownerLock(folder), guestLock(folder)]) await makeOwnedFile(path)
    const end = performance.now() + longestWait
    for (let tries = 0; performance.now() < end; tries++) {
      const claim = (await claimAsOwner(folder)) ?? (mustOwn ? undefined : await claimAsGuest(folder))
      if (claim) return claim
      if (tries === 20)
        log.info({ holderPid: (await readNote(folder))?.pid }, 'Another process holds the data folder; waiting for it')
      await sleep(50)
    }
  } catch (error) {
    throw unusable(folder, error)
  }
  const owner = await readNote(folder)
  throw new StorageFault(
    'data-folder-in-use',
    `The data folder ${folder} belongs to another process${owner ? `, ${owner.pid}` : ''}, which did not ${mustOwn ? 'release it' : 'finish starting'} within ${longestWait / 1000} s. Stop that process, or set DATA_DIR to another folder.`,
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
    awaitGuests: async longestWait => {
      await writeNote(folder, false)
      await waitForGuests(folder, longestWait)
    },
    release: async () => lock.release(),
  }
}

async function claimAsGuest(folder: string): Promise<DataFolderClaim | undefined> {
  const before = await readNote(folder)
  if (!before?.admitsGuests) return undefined
  const lock = tryKernelLock(guestLock(folder), 'shared')
  // Read again: an owner that has just stopped admitting guests may have checked for them before we had the lock.
  const after = await readNote(folder)
  if (lock !== undefined && after?.admitsGuests && after.pid === before.pid)
    return { role: 'guest', release: async () => lock.release() }
  lock?.release()
  return undefined
}

async function waitForGuests(folder: string, longestWait: number): Promise<void> {
  const end = performance.now() + longestWait
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
    // Not written yet, or incomplete after a power cut: the next owner writes a new one.
    return undefined
  }
}

/** Written to a second file, which is then renamed, so that nobody reads half of it. */
async function writeNote(folder: string, admitsGuests: boolean): Promise<void> {
  const note: OwnerNote = { pid: process.pid, admitsGuests }
  const unfinished = `${ownerNote(folder)}.new`
  await writeFile(unfinished, JSON.stringify(note))
  await giveToOwnerOf(folder, unfinished)
  await rename(unfinished, ownerNote(folder))
}

/** The fault for a data folder that the operating system does not let us use. */
export function unusable(folder: string, error: unknown): StorageFault {
  const told = error instanceof Error ? error.message : String(error)
  return new StorageFault(
    'data-folder-unusable',
    `The data folder ${folder} cannot be used: ${told}. Start the program as the user to whom the folder belongs, or set DATA_DIR to another folder.`,
    error,
  )
}
