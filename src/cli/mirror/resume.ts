import { resumeMirror } from '../../storage/mirror/mirror-stops.ts'
import { type CliCommand, print } from '../command.ts'
import { issueKeyOf } from '../link-keys.ts'
import { configOption, readProgram } from '../open-program.ts'
import { withStorage } from '../with-storage.ts'
import { mirroredApplications } from './status.ts'

export const mirrorResume: CliCommand = {
  name: 'mirror resume',
  summary: 'let what stopped be sent to Tracker at once, not at its next try',
  arguments: [{ name: '<application>', summary: 'id of the application' }],
  options: [{ flags: '--issue <key>', summary: 'only this issue' }, configOption],
  details: 'The servers try within a second. What fails again waits as long as it would have otherwise.',
  examples: ['mirror resume crm', 'mirror resume crm --issue TEST-123'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [{ id }] = mirroredApplications(program, input.arguments[0])
    const { issue } = input.options
    const issueKey = typeof issue === 'string' ? issueKeyOf(issue) : undefined
    const about = issueKey === undefined ? {} : { issueKey }
    return withStorage(
      program,
      context,
      async ({ prisma }) => {
        const resumed = await resumeMirror(prisma, [id], issueKey)
        const text = resumed === 0 ? 'Nothing was stopped.' : `${resumed} of its stops are over: the servers try again.`
        print(input, context, text, { application: id, ...about, resumed })
        return 0
      },
      { change: { operation: 'mirror resume', applicationId: id, about } },
    )
  },
}
