import { forgetProbe } from '../../storage/calls/probe-runs.ts'
import { type CliCommand, print } from '../command.ts'
import { isConfirmed } from '../confirmation.ts'
import { configOption, readProgram } from '../open-program.ts'
import { withStorage } from '../with-storage.ts'
import { namedApplication, probeArgument } from './named-application.ts'

export const probeForget: CliCommand = {
  name: 'probe forget',
  summary: 'remove what the probe has seen; one that is in the configuration begins anew',
  arguments: [probeArgument],
  options: [{ flags: '--yes', summary: 'do not ask before; needed without a terminal' }, configOption],
  details: 'Servers that have `probe: true` begin anew within a second, also if their probe has ended.',
  examples: ['probe forget crm', 'probe forget crm --yes'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id, probe } = namedApplication(input, program)
    if (input.options.yes !== true && !(await isConfirmed(`Remove what the probe of ${id} has seen?`, context))) {
      context.stderr.write('Nothing was removed.\n')
      return 1
    }
    const forget = async ({ prisma }: { prisma: Parameters<typeof forgetProbe>[0] }) => {
      const removed = await forgetProbe(prisma, id)
      const next = probe === undefined ? '' : ' The probe begins anew.'
      print(input, context, `What it has seen of ${removed} calls was removed.${next}`, { application: id, removed })
      return 0
    }
    return withStorage(program, context, forget, { change: { operation: 'probe forget', applicationId: id } })
  },
}
