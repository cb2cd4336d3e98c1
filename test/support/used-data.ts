// A data folder as an earlier start of the program leaves it. Imports nothing of src.
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { Client } from 'pg'
import { keeperPlace } from './keeper-place.ts'
import { collectOutput, ended, program, startProgram } from './start-program.ts'
import { testPostgres } from './test-postgres.ts'

/** Makes `folder` a data folder with the schema, but without rows. */
export async function copyUsedData(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // A thousand files: Node's own `cp` takes five times the processor time, and `cpSync` opens the folders to others.
  const copying = startProgram('cp', ['-R', `${await ensureUsedData()}/.`, folder], { stdio: 'inherit' })
  if ((await ended(copying)) !== 0) throw new Error(`${folder} could not be filled`)
}

/** Makes the folder that is copied, once for all test files: the others wait. */
async function ensureUsedData(): Promise<string> {
  const client = new Client({ connectionString: await testPostgres() })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock(2)')
    if (!existsSync(keeperPlace.usedData)) {
      const unfinished = `${keeperPlace.usedData}.new`
      await rm(unfinished, { recursive: true, force: true })
      await makeUsedData(unfinished)
      await rename(unfinished, keeperPlace.usedData)
    }
    return keeperPlace.usedData
  } finally {
    await client.end()
  }
}

async function makeUsedData(folder: string): Promise<void> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = startProgram(process.execPath, [program, 'migrate'], {
    cwd: keeperPlace.folder,
    env: { PATH, NODE_COMPILE_CACHE, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectOutput(child)
  if ((await ended(child)) !== 0) throw new Error(output())
}
