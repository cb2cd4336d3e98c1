import type { Finding } from '../../checks/doctor/finding.ts'
import { inOrder } from '../../checks/doctor/look-at-application.ts'
import type { Subject } from '../../checks/doctor/probe.ts'
import { exitCodeOf, findingJson, reportLines, verdictOf, withoutRepeats } from '../../checks/doctor/verdict.ts'
import { ConfigFaults } from '../../config/config-faults.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print } from '../command.ts'
import { issueKeyOf, remoteKeyOf } from '../link-keys.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import { quietLog } from '../quiet-log.ts'
import { visible } from '../terminal-text.ts'
import { examine } from './examine.ts'
import { asTypedHere } from './next-as-typed.ts'

export const doctor: CliCommand = {
  name: 'doctor',
  summary:
    'why is this card not shown? Look at everything from the configuration to one link, and say what to do first',
  arguments: [{ name: '[application]', summary: 'the application (all of them if it is left out)' }],
  options: [
    { flags: '--issue <key>', summary: 'the issue that lacks a card' },
    { flags: '--object <key>', summary: 'the object whose card is not shown' },
    { flags: '--strict', summary: 'exit code 2 if there are warnings' },
    configOption,
  ],
  details: `
The first line is the verdict: what does not work, a code, what is wrong, and of what. Then one command to copy or one thing to
do, then what shows it, and where to read more; further findings follow in the same form. \`OK\` and nothing else: all is well.

Nothing is changed by looking, and no look takes longer than 5 s, all of it ten whatever hangs. It works while the server runs and while it does not; PostgreSQL in a data
folder is looked at while its server runs. The exit code is 0, 1 if something must be done, 2 for warnings with --strict, 3 if
something could not be looked at.`,
  examples: ['doctor', 'doctor crm --issue TEST-7 --object D-1', 'doctor crm --json --strict'],
  run: async (input, context) => {
    const found = withoutRepeats(inOrder(await findAll(input, context)))
    const [worst] = found
    const json = {
      verdict: worst ? verdictOf(worst) : 'OK',
      code: worst?.code ?? null,
      findings: found.map(findingJson),
    }
    const typed = asTypedHere(input, context)
    const shown = found.map(one => ({ ...one, next: typed(one.next), evidence: one.evidence.map(typed) }))
    print(input, context, reportLines(shown).map(visible).join('\n'), json)
    context.leave?.()
    return exitCodeOf(found, { isStrict: input.options.strict === true })
  },
}

async function findAll(input: CommandInput, context: CliContext): Promise<Finding[]> {
  const { issue, object } = input.options
  const keys = {
    ...(typeof issue === 'string' && { issueKey: issueKeyOf(issue) }),
    ...(typeof object === 'string' && { remoteKey: remoteKeyOf(object) }),
  }
  try {
    const program = readProgram(input, context, { toServe: true })
    const subjects = chosenSubjects(input, program, keys)
    const { ofAll, own } = await examine(program, subjects, { log: quietLog(context), ask: async () => undefined })
    return [...ofAll, ...own.flat()]
  } catch (error) {
    if (error instanceof ConfigFaults) return [refusedConfiguration(error)]
    throw error
  }
}

/** Throws CommandRefusal if it is not clear which application is meant. */
function chosenSubjects(
  { arguments: [id] }: CommandInput,
  { config }: Program,
  keys: Omit<Subject, 'application'>,
): Subject[] {
  const { applications } = config
  const chosen = id === undefined ? applications : applications.filter(application => application.id === id)
  const ids = applications.map(application => application.id).join(', ')
  if (chosen.length === 0)
    throw new CommandRefusal(`There is no application ${visible(id ?? '')}; the configuration has ${ids}.`)
  if (chosen.length > 1 && Object.keys(keys).length > 0)
    throw new CommandRefusal(`Say of which application the issue or the object is: ${ids}.`)
  return chosen.map(application => ({ application, ...keys }))
}

const refusedConfiguration = ({ faults }: ConfigFaults): Finding => ({
  code: 'TLK-S01',
  says: faults.length === 1 ? 'configuration has a fault' : `configuration has ${faults.length} faults`,
  next: 'tracker-links config check',
  evidence: faults.slice(0, 5).map(({ field, rule, hint }) => `${field}: ${rule}. ${hint}`),
})
