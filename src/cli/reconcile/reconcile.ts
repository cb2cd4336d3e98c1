import type { NewRun } from '../../storage/reconciliation/start-run.ts'
import type { CliCommand } from '../command.ts'
import { operator } from '../links/operator.ts'
import { chosenApplication, readProgram } from '../open-program.ts'
import { resumeRun, startOrResume } from './hold-run.ts'
import { readRunOptions, readScope, runOptions, scopeOptions } from './run-options.ts'
import { workOnRun } from './work-on-run.ts'

export const reconcile: CliCommand = {
  name: 'reconcile',
  summary: 'compare the links here with those in Tracker, and repair what differs if asked',
  arguments: [{ name: '<application>', summary: 'the application' }],
  options: [...scopeOptions, ...runOptions],
  details: `
Three sides are compared for each issue: the links here, Tracker's remote links, and what both last agreed on; so it is known
which of the two changed. Each difference is printed as it is found, with what a repair does. Links that are just being changed are
asked for again, and told apart from differences. An issue that Tracker does not show is told as unreadable; none of its links is
removed for that.

--all takes every issue that the token may see, by a search, and every issue that has links here. Without --repair nothing
is changed; --dry-run makes the same plan as --repair, and changes nothing either. --output writes the plan for \`reconcile apply\`.

Repairs stop at the caps, and are refused as a whole if more than 30 % of the links (and at least 10) would vanish from a side, or
if Tracker did not show so many of the issues. On a new installation, without links and history, --all --repair here takes over what
Tracker has; with --events the change feed tells of it.

It works beside a running server, within the same rate, and without one. Ctrl-C stops it: the same command, or --resume with the
id of the run, goes on. If Tracker is away, it waits and goes on by itself. An application has one run at a time.

Exit codes: 0 both sides agree, 1 differences are left, 2 it could not be done.`,
  examples: [
    'reconcile crm --issue TEST-123',
    'reconcile crm --all --dry-run --output plan.ndjson',
    'reconcile crm --queue TEST --repair both',
  ],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [name] = input.arguments
    const application = chosenApplication({ ...input, options: { ...input.options, application: name } }, program)
    const asked = input.options.repair as NewRun['repair']
    const options = readRunOptions(input, asked)
    const repair = input.options.dryRun === true ? 'none' : asked
    const { resume } = input.options
    const scope = typeof resume === 'string' ? undefined : readScope(input)
    return await workOnRun(input, context, program, {
      operation: 'reconcile',
      application,
      mayChange: repair !== 'none' || scope === undefined,
      hold: storage =>
        scope === undefined
          ? resumeRun(storage, application.id, String(resume))
          : startOrResume(storage, context, {
              applicationId: application.id,
              scope,
              repair,
              options,
              startedBy: starter(),
            }),
    })
  },
}

/** Who starts a run by a command. */
export function starter(): string {
  const { login } = operator() as { login?: string }
  return login ?? 'unknown user'
}
