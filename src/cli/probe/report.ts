import { type ProbeReport, probeReport } from '../../checks/call-probe/probe-report.ts'
import { type CliCommand, print } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { namedApplication, probeArgument } from './named-application.ts'

export const probeReportCommand: CliCommand = {
  name: 'probe report',
  summary: "show what the probe has seen of Tracker's calls: ten open questions, with evidence",
  arguments: [probeArgument],
  options: [configOption],
  details: 'It names no issue, object, user, host or token, so that it can be shared.',
  examples: ['probe report', 'probe report crm --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id } = namedApplication(input, program)
    return withStorage(program, context, async ({ prisma }) => {
      const report = await probeReport(prisma, id)
      print(input, context, textOf(report), report)
      return 0
    })
  },
}

function textOf(report: ProbeReport): string {
  const lines = [headOf(report)]
  for (const { number, question, state, answer, evidence, toSee } of report.questions) {
    lines.push('', `${number}. ${question}`, `   ${answer ?? state}`, ...evidence.map(line => `   - ${line}`))
    if (toSee !== undefined) lines.push(`   to see it: ${toSee}`)
  }
  if (report.bodies.length > 0) lines.push('', 'Parameters and bodies:', ...report.bodies.map(line => `   - ${line}`))
  return lines.map(visible).join('\n')
}

function headOf({ probe, startedAt, endsAt, calls }: ProbeReport): string {
  if (probe === 'never') return 'The probe was never on: set `probe: true` for the application in the configuration.'
  const word = probe === 'on' ? 'ends' : 'ended'
  return `The probe has seen ${calls} calls since ${startedAt?.toISOString()}; it ${word} ${endsAt?.toISOString()}.`
}
