import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preload } from '../load/data.ts'
import { type Generator, startGenerator } from '../load/start-generator.ts'
import { copyDatabase, makeTemplate } from './databases.ts'
import { writeConfig } from './ours.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import type { Program } from './programs.ts'
import { type Running, startMeasured } from './start-program.ts'

/** Everything that a run of the bench uses: a folder, PostgreSQL, the load generator, and the programs that were started. */
export type World = {
  folder: string
  postgres: Postgres
  generator: Generator
  /** The server's configuration file. */
  config: string
  objects: number
  preload: Preload
  /** The template database, of which no copies can be made while something is connected to it. */
  templateUrl: string
  /** Seconds that the import of the objects took. */
  importSeconds: number
  /** Makes a copy of the template database. */
  copyTemplate: (database: string) => Promise<void>
  /** Starts a program on a database, with more environment if wanted. */
  start: (program: Program, database: string, env?: Record<string, string>) => Promise<Running>
  /** Stops everything and removes the folder. */
  close: () => Promise<void>
}

const template = 'template_of_all'

/**
 * Starts PostgreSQL and the generator, and fills the template database. Call `close` at the end, whatever happens; after
 * Ctrl-C it is called here.
 */
export async function openWorld({ objects, preload }: { objects: number; preload: Preload }): Promise<World> {
  const folder = join(import.meta.dirname, '../.scratch', `run-${process.pid}`)
  await mkdir(folder, { recursive: true })
  const closers = [() => rm(folder, { recursive: true, force: true })]
  const close = async () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    for (const closer of closers.splice(0).toReversed()) await closer()
  }
  const onSignal = () => void close().then(() => process.exit(130))
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const postgres = await startPostgres(join(folder, 'postgres'))
    closers.push(postgres.stop)
    const generator = startGenerator()
    closers.push(async () => generator.stop())
    const token = randomBytes(24).toString('base64url')
    const config = await writeConfig(folder, token)
    const importSeconds = await makeTemplate(postgres, { database: template, folder, config, objects, preload })

    const running = new Set<Running>()
    closers.push(async () => {
      await Promise.all([...running].map(one => one.stop()))
    })
    const start: World['start'] = async (program, database, env = {}) => {
      const one = await startMeasured({
        program,
        token,
        databaseUrl: postgres.url(database),
        env: { TRACKER_LINKS_CONFIG: config, ...env },
        logFile: join(folder, `${database}.log`),
      })
      running.add(one)
      return {
        ...one,
        stop: () => {
          running.delete(one)
          return one.stop()
        },
      }
    }
    const copyTemplate = (database: string) => copyDatabase(postgres, template, database)
    const templateUrl = postgres.url(template)
    const what = { folder, postgres, generator, config, objects, preload, templateUrl, importSeconds }
    return { ...what, copyTemplate, start, close }
  } catch (error) {
    await close()
    throw error
  }
}
