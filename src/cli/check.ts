import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { closeSender } from '../application-calls/send-call.ts'
import { allChecks } from '../checks/kit/all-checks.ts'
import { type Check, groups } from '../checks/kit/check.ts'
import { newKit, type Target } from '../checks/kit/kit.ts'
import { openJournal } from '../checks/kit/link-journal.ts'
import { htmlReport } from '../checks/kit/report/html.ts'
import { junitReport } from '../checks/kit/report/junit.ts'
import { type PlainReport, plainReport } from '../checks/kit/report/plain-report.ts'
import { runKit } from '../checks/kit/run-kit.ts'
import { checkProgress } from './check/check-progress.ts'
import { exitCodeOf, formatReport } from './check/format-report.ts'
import { readBaseline } from './check/read-baseline.ts'
import { readTarget } from './check/read-target.ts'
import {
  type CliCommand,
  type CliContext,
  type CommandInput,
  CommandRefusal,
  print,
  wholeNumberOption,
} from './command.ts'
import { onInterruption } from './interruption.ts'
import { writeWholeFile } from './links/write-file.ts'
import { lockBeside } from './lock-beside.ts'
import { configOption } from './open-program.ts'
import { visible } from './terminal-text.ts'

export const check: CliCommand = {
  name: 'check',
  summary: 'test the three endpoints of any application from outside, as Tracker would call them',
  arguments: [
    {
      name: '[sheet-or-url]',
      summary: 'a registration sheet (text, Markdown, JSON), or the address below which the default addresses are',
    },
  ],
  options: [
    { flags: '--entity-info <template>', summary: 'entityInfoUrl, with {{remoteKey}}' },
    { flags: '--create-link <address>', summary: 'createLinkUrl' },
    { flags: '--remove-link <template>', summary: 'removeLinkUrl, with {{issueKey}} and {{remoteKey}}' },
    { flags: '--application <id>', summary: 'test an application of the configuration file instead' },
    configOption,
    { flags: '--at <url>', summary: 'call this scheme, host and port instead of those of the templates' },
    {
      flags: '--object <key>',
      summary: 'key of an object that exists; three or more let all checks run',
      isRepeatable: true,
    },
    { flags: '--token-file <file>', summary: 'file that holds the token (default: the variable CHECK_TOKEN)' },
    { flags: '--header <name>', summary: 'header of the token (default: Authorization)' },
    { flags: '--scheme <word>', summary: 'what stands before the token; bare for nothing (default: OAuth)' },
    { flags: '--only <names>', summary: `groups (${groups.join(', ')}) or single checks, separated by commas` },
    { flags: '--timeout <seconds>', summary: 'how long a call may take', default: '10' },
    { flags: '--baseline <file>', summary: 'an earlier report (--json): say what is new, and fail for that only' },
    { flags: '--junit <file>', summary: 'write the report for a build server as well' },
    { flags: '--html <file>', summary: 'write the report as a page as well' },
    { flags: '--all', summary: 'list the checks that passed, too' },
    { flags: '--strict', summary: 'fail for warnings as well' },
  ],
  details: `
It needs no configuration and no database. It makes links of issues that no Tracker has (their queue begins with TLKCHECK) and
removes them; what it could not remove is listed, and the next run tries again. The token goes to the hosts of the templates
only.

Exit code: 0 ready, 1 something that Tracker's documents ask for is missing, 2 wrong options, or warnings with --strict, 3 it
could not be tested.`,
  examples: [
    'check https://links.example.com/crm --object D-1',
    'check sheet.md --object D-1 --object D-2 --html report.html',
    'check --entity-info https://crm.example.com/{{remoteKey}} --object D-1 --only card,speed',
    'check --application ru.example.crm --at http://127.0.0.1:8080 --object D-1',
  ],
  run: runCheck,
}

async function runCheck(input: CommandInput, context: CliContext): Promise<number> {
  const target = await readTarget(input, context)
  const checks = chosenChecks(input)
  const timeout = wholeNumberOption(input, 'timeout', { least: 1, most: 300 }) * 1_000
  const baseline = readBaseline(input, context)
  const journal = openJournal(journalFile(target, context))
  const lock = lockBeside(journal.file)
  if (!lock) throw new CommandRefusal('Another run checks this application at the moment: wait for its end.')

  const ending = new AbortController()
  const forget = onInterruption(() => ending.abort())
  const sender = { timeout }
  const kit = newKit({ target, sender, journal, signal: ending.signal })
  const startedAt = new Date()
  try {
    const progress = checkProgress(context)
    const report = plainReport(kit, await runKit(kit, checks, progress), { startedAt, ...(baseline && { baseline }) })
    await writeReports(input, context, report)
    print(input, context, formatReport(report, { all: input.options.all === true }), report)
    return exitCodeOf(report, { strict: input.options.strict === true })
  } finally {
    forget()
    await closeSender(sender)
    lock.release()
  }
}

/** The checks that `--only` names, by group or by id; all without it. Throws CommandRefusal. */
function chosenChecks({ options: { only } }: CommandInput): readonly Check[] {
  if (typeof only !== 'string') return allChecks
  const names = only.split(',').map(name => name.trim())
  const unknown = names.find(name => !allChecks.some(({ id, group }) => name === id || name === group))
  if (unknown !== undefined)
    throw new CommandRefusal(
      `There is no check and no group ${visible(unknown)}. The groups are ${groups.join(', ')}; --all lists the checks.`,
    )
  return allChecks.filter(({ id, group }) => names.includes(id) || names.includes(group))
}

/** Where the links of a target's runs are kept: with the user's other state, and not with the project that is tested. */
function journalFile({ application }: Target, { env }: CliContext): string {
  const { entityInfoUrl, createLinkUrl, removeLinkUrl } = application
  const name = createHash('sha256').update(JSON.stringify([entityInfoUrl, createLinkUrl, removeLinkUrl]))
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state')
  return join(state, 'tracker-links', `check-${name.digest('hex').slice(0, 16)}.ndjson`)
}

async function writeReports({ options }: CommandInput, { directory }: CliContext, report: PlainReport): Promise<void> {
  const forms = { junit: junitReport, html: htmlReport }
  for (const form of ['junit', 'html'] as const) {
    const file = options[form]
    if (typeof file === 'string')
      await writeWholeFile(resolve(directory, file), directory, () => Readable.from([forms[form](report)]))
  }
}
