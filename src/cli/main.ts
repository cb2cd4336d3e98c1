import { CommanderError } from 'commander'
import { ConfigFaults, formatFaults } from '../config/config-faults.ts'
import { Problem } from '../errors/problem.ts'
import { withoutFolders } from '../logging/without-folders.ts'
import { StorageFault } from '../storage/database/storage-fault.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import { calledAs, withCalledName } from './called-as.ts'
import { buildParser, type CliCommand, type CliContext, CommandFailure, CommandRefusal } from './command.ts'
import { watchOutput } from './output.ts'
import { withEnvFile } from './surroundings.ts'
import { visible } from './terminal-text.ts'

/** Every command there is, in the order of the help. Each is loaded when it is needed: half of a start is loading. */
const commands: Record<string, () => Promise<CliCommand>> = {
  init: async () => (await import('./init/init.ts')).init,
  serve: async () => (await import('./serve/serve.ts')).serve,
  migrate: async () => (await import('./database/migrate.ts')).migrateCommand,
  backup: async () => (await import('./database/backup.ts')).backup,
  restore: async () => (await import('./database/restore.ts')).restore,
  move: async () => (await import('./database/move.ts')).move,
  'config check': async () => (await import('./config-check.ts')).configCheck,
  'objects import': async () => (await import('./objects/import.ts')).objectsImport,
  'objects list': async () => (await import('./objects/list.ts')).objectsList,
  'objects show': async () => (await import('./objects/show.ts')).objectsShow,
  'objects preview': async () => (await import('./objects/preview.ts')).objectsPreview,
  'objects delete': async () => (await import('./objects/delete.ts')).objectsDelete,
  'links list': async () => (await import('./links/list.ts')).linksList,
  'links show': async () => (await import('./links/show.ts')).linksShow,
  'links history': async () => (await import('./links/history.ts')).linksHistory,
  'links export': async () => (await import('./links/export.ts')).linksExport,
  'links add': async () => (await import('./links/add.ts')).linksAdd,
  'links remove': async () => (await import('./links/remove.ts')).linksRemove,
  'calls list': async () => (await import('./calls/list.ts')).callsList,
  'calls show': async () => (await import('./calls/show.ts')).callsShow,
  'calls replay': async () => (await import('./calls/replay.ts')).callsReplay,
  'probe report': async () => (await import('./probe/report.ts')).probeReportCommand,
  'probe forget': async () => (await import('./probe/forget.ts')).probeForget,
  'keys create': async () => (await import('./keys/create.ts')).keysCreate,
  'keys list': async () => (await import('./keys/list.ts')).keysList,
  'keys revoke': async () => (await import('./keys/revoke.ts')).keysRevoke,
  reconcile: async () => (await import('./reconcile/reconcile.ts')).reconcile,
  'reconcile apply': async () => (await import('./reconcile/apply.ts')).reconcileApply,
  'reconcile list': async () => (await import('./reconcile/list.ts')).reconcileList,
  'reconcile show': async () => (await import('./reconcile/show.ts')).reconcileShow,
  'tracker applications': async () => (await import('./tracker/applications.ts')).trackerApplications,
  'tracker remote-links': async () => (await import('./tracker/remote-links.ts')).trackerRemoteLinks,
  'tracker myself': async () => (await import('./tracker/myself.ts')).trackerMyself,
  'tracker import-links': async () => (await import('./tracker/import-links.ts')).trackerImportLinks,
  'tracker import-remote-links': async () =>
    (await import('./tracker/import-remote-links.ts')).trackerImportRemoteLinks,
  'mirror status': async () => (await import('./mirror/status.ts')).mirrorStatus,
  'mirror resume': async () => (await import('./mirror/resume.ts')).mirrorResume,
  'audit list': async () => (await import('./audit/list.ts')).auditList,
  'audit export': async () => (await import('./audit/export.ts')).auditExport,
  'token new': async () => (await import('./token-new.ts')).tokenNew,
  registration: async () => (await import('./registration.ts')).registration,
  'registration triggers': async () => (await import('./registration/triggers.ts')).registrationTriggers,
  check: async () => (await import('./check.ts')).check,
  sandbox: async () => (await import('./sandbox.ts')).sandbox,
  reload: async () => (await import('./reload.ts')).reload,
  status: async () => (await import('./status/status.ts')).status,
  health: async () => (await import('./health.ts')).health,
  doctor: async () => (await import('./doctor/doctor.ts')).doctor,
}

/** The whole table of commands. */
export const loadCommands = (): Promise<CliCommand[]> =>
  Promise.all(Object.values(commands).map(async load => withEnvFile(await load())))

/** The command that the line begins with; if there is none, all of them, for the help and the error message. The version needs none. */
async function commandsOf(argv: readonly string[]): Promise<CliCommand[]> {
  if (argv[0] === '--version') return []
  const meant = commands[argv.slice(0, 2).join(' ')] ?? commands[argv[0] ?? '']
  return meant ? [withEnvFile(await meant())] : await loadCommands()
}

/** Runs one command line (without the program's name). Returns the exit code: 0 done, 1 failed, 2 the input was refused. */
export async function run(
  argv: readonly string[],
  given: Omit<CliContext, 'calledAs'> & { calledAs?: string },
): Promise<number> {
  const context = { calledAs: 'tracker-links', ...given }
  const hasOutputFailed = watchOutput(context)
  const code = await parseAndRun(argv, context)
  return (await hasOutputFailed()) ? 1 : code
}

async function parseAndRun(argv: readonly string[], context: CliContext): Promise<number> {
  let code = 0
  try {
    const parser = buildParser(await commandsOf(argv), context, result => {
      code = result
    })
    await parser.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    // Commander has printed its message already: help and version end with 0, a wrong command line with 2.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return await tell(error, context)
  }
}

/** Tells a failure in words. Returns the exit code. */
async function tell(error: unknown, context: CliContext): Promise<number> {
  const say = (text: string) => context.stderr.write(`${withCalledName(text, context.calledAs)}\n`)
  if (error instanceof ConfigFaults) {
    say(formatFaults(error))
    return 2
  }
  if (error instanceof CommandRefusal) {
    say(error.message)
    for (const fault of error.faults) say(`  ${fault.field}: ${fault.rule}. ${fault.hint}`)
    return 2
  }
  if (error instanceof TrackerError || error instanceof CommandFailure) {
    say(visible(error.message))
    return 1
  }
  const { databaseProblem } = await import('../storage/database/connection/database-problem.ts')
  // Their messages are written for the user; of any other error the stack counts.
  const problem = error instanceof Problem || error instanceof StorageFault ? error : databaseProblem(error)
  say(
    problem ? problem.message : withoutFolders(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
  return 1
}

/** Ends this process as soon as its output is written. A timer that keeps it from nothing: if nothing is under way, it ends earlier. */
function leaveOnceWritten(): void {
  setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit()
  }, 100).unref()
}

const script = process.argv[1]
if (script !== undefined && /tracker-link(s|-server)(\.js)?$|cli[/\\]main\.[jt]s$/.test(script)) {
  process.exitCode = await run(process.argv.slice(2), {
    calledAs: calledAs({ script, path: process.env.PATH ?? '', directory: process.cwd() }),
    env: process.env,
    directory: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stderr.isTTY,
    leave: leaveOnceWritten,
  })
}
