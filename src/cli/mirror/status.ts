import type { Application } from '../../config/schema.ts'
import { type MirrorReport, mirrorReports, mostNamed } from '../../reconciliation/mirror/mirror-report.ts'
import type { MirrorStop } from '../../storage/mirror/mirror-stops.ts'
import { mostCounted } from '../../storage/mirror/mirror-views.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import { shown } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { whyText } from './mirror-text.ts'

export const mirrorStatus: CliCommand = {
  name: 'mirror status',
  summary: 'show what waits to be sent to Tracker, and what stops it',
  arguments: [{ name: '[application]', summary: 'id of the application; all that have an organization by default' }],
  options: [configOption],
  details: 'The exit code is 1 if the mirror of an application is stopped or has missed changes.',
  examples: ['mirror status', 'mirror status crm --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const applications = mirroredApplications(program, input.arguments[0])
    return withStorage(program, context, async ({ prisma }) => {
      const reports = await mirrorReports(prisma, applications)
      print(input, context, reports.map(reportText).join('\n'), { applications: reports.map(reportValue) })
      return reports.some(({ stop, missedSince }) => stop !== undefined || missedSince !== null) ? 1 : 0
    })
  },
}

/** The application that is named, or all that have an organization. Throws CommandRefusal. */
export function mirroredApplications({ config }: Program, name: string | undefined): [Application, ...Application[]] {
  const all = config.applications.filter(({ organization }) => organization !== undefined)
  const [first, ...others] = name === undefined ? all : all.filter(({ id }) => id === name)
  if (first !== undefined) return [first, ...others]
  throw new CommandRefusal(
    name !== undefined && all.length > 0
      ? `There is no application ${shown(name, 60)} with an organization; there are ${all.map(({ id }) => id).join(', ')}.`
      : 'No application has an organization, so nothing is mirrored: docs/tracker.md shows how to name one.',
  )
}

function reportText(report: MirrorReport): string {
  const { application, waiting, failed, oldest, stop, stoppedIssues, issueStops, missedSince } = report
  const count = waiting === mostCounted ? `${waiting} or more` : `${waiting}`
  const left = stoppedIssues - issueStops.length
  return [
    `${application.id}: ${application.mirror ? 'mirrored to' : 'not mirrored (`mirror` is off), issues in'} ${application.organization}`,
    waiting === 0
      ? '  nothing waits'
      : `  ${count} waiting, ${failed} of them failed; the oldest changed at ${oldest?.toISOString()}`,
    ...(stop ? [`  STOPPED ${stopText(stop)}`] : []),
    ...issueStops.map(one => `  ${one.issueKey} stopped ${stopText(one)}`),
    ...(left > 0 ? [`  and ${left} more issues; the first ${mostNamed} are shown`] : []),
    ...(missedSince
      ? [`  MISSED changes since ${missedSince.toISOString()}: \`tracker-links reconcile\` finds them`]
      : []),
  ].join('\n')
}

const stopText = (stop: MirrorStop) =>
  `since ${stop.since.toISOString()}: ${whyText(stop)}; next try ${stop.nextAt > new Date() ? stop.nextAt.toISOString() : 'at once'}`

const reportValue = ({ application, stop, issueStops, oldest, missedSince, ...rest }: MirrorReport) => ({
  application: application.id,
  organization: application.organization,
  sends: application.mirror,
  waiting: rest.waiting,
  failed: rest.failed,
  oldestSince: oldest?.toISOString() ?? null,
  stop: stop ? stopValue(stop) : null,
  stoppedIssues: rest.stoppedIssues,
  issueStops: issueStops.map(one => ({ issueKey: one.issueKey, ...stopValue(one) })),
  missedSince: missedSince?.toISOString() ?? null,
})

const stopValue = ({ reason, detail, since, nextAt }: MirrorStop) => ({
  reason,
  detail,
  since: since.toISOString(),
  nextTry: nextAt.toISOString(),
})
