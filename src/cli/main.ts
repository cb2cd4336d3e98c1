import { CommanderError } from 'commander'
import { ConfigFaults, formatFaults } from '../config/config-faults.ts'
import { Problem } from '../errors/problem.ts'
import { databaseProblem } from '../storage/database-problem.ts'
import { StorageFault } from '../storage/storage-fault.ts'
import { buildParser, type CliCommand, type CliContext, CommandRefusal } from './command.ts'
import { configCheck } from './config-check.ts'
import { health } from './health.ts'
import { linksAdd } from './links/add.ts'
import { linksExport } from './links/export.ts'
import { linksHistory } from './links/history.ts'
import { linksList } from './links/list.ts'
import { linksRemove } from './links/remove.ts'
import { linksShow } from './links/show.ts'
import { migrateCommand } from './migrate.ts'
import { objectsDelete } from './objects/delete.ts'
import { objectsImport } from './objects/import.ts'
import { objectsList } from './objects/list.ts'
import { objectsShow } from './objects/show.ts'
import { watchOutput } from './output.ts'
import { registration } from './registration.ts'
import { serve } from './serve.ts'
import { tokenNew } from './token-new.ts'

/** Every command there is, in the order of the help. */
export const commands: readonly CliCommand[] = [
  serve,
  migrateCommand,
  configCheck,
  objectsImport,
  objectsList,
  objectsShow,
  objectsDelete,
  linksList,
  linksShow,
  linksHistory,
  linksExport,
  linksAdd,
  linksRemove,
  tokenNew,
  registration,
  health,
]

/** Runs one command line (without the program's name). Returns the exit code: 0 done, 1 failed, 2 the input was refused. */
export async function run(argv: readonly string[], context: CliContext): Promise<number> {
  const hasOutputFailed = watchOutput(context)
  const code = await parseAndRun(argv, context)
  return (await hasOutputFailed()) ? 1 : code
}

async function parseAndRun(argv: readonly string[], context: CliContext): Promise<number> {
  let code = 0
  try {
    const parser = buildParser(commands, context, result => {
      code = result
    })
    await parser.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    // Commander has printed its message already: help and version end with 0, a wrong command line with 2.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return tell(error, context)
  }
}

/** Tells a failure in words. Returns the exit code. */
function tell(error: unknown, context: CliContext): number {
  const say = (text: string) => context.stderr.write(`${text}\n`)
  if (error instanceof ConfigFaults) {
    say(formatFaults(error))
    return 2
  }
  if (error instanceof CommandRefusal) {
    say(error.message)
    for (const fault of error.faults) say(`  ${fault.field}: ${fault.rule}. ${fault.mend}`)
    return 2
  }
  // Their messages are written for whoever runs the command; of anything else the place counts.
  const problem = error instanceof Problem || error instanceof StorageFault ? error : databaseProblem(error)
  say(problem ? problem.message : error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
}

if (process.argv[1] !== undefined && /tracker-links(\.js)?$|cli[/\\]main\.[jt]s$/.test(process.argv[1])) {
  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    directory: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stderr.isTTY,
  })
}
