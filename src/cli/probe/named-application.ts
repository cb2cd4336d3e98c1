import type { Config } from '../../config/schema.ts'
import type { CommandInput } from '../command.ts'
import { chosenApplication, type Program } from '../open-program.ts'

export const probeArgument = {
  name: '[application]',
  summary: 'the application (may be left out if only one is configured)',
}

/** The application of `probeArgument`. Throws CommandRefusal. */
export function namedApplication(input: CommandInput, program: Program): Config['applications'][number] {
  const [application] = input.arguments
  const options = { ...input.options, ...(application !== undefined && { application }) }
  return chosenApplication({ ...input, options }, program)
}
