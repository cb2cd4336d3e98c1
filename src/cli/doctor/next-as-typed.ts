import { shellWord } from '../../values/shell-word.ts'
import { withCalledName } from '../called-as.ts'
import type { CliContext, CommandInput } from '../command.ts'

/** A command that is a whole text, stands at its end after a colon, or ends a sentence. */
const command = /(?<=^|: )tracker-links( [^`]+)$|(?<=run )tracker-links( [a-z ]+)(?=\.$)/

/** Its words up to the first that has another form: there an option may stand, whatever follows. */
const words = /^(?: [a-z][a-z-]*(?= |$))*/

/**
 * Tells the commands in the texts of findings as they can be copied here: under the name by which this one was called, and with its
 * `--config` and `--env-file`.
 */
export function asTypedHere({ options }: CommandInput, { calledAs }: CliContext): (text: string) => string {
  const kept = (['config', 'envFile'] as const)
    .flatMap(name => (typeof options[name] === 'string' ? [` ${flags[name]} ${shellWord(options[name])}`] : []))
    .join('')
  const typed = (_found: string, whole?: string, ended?: string) => {
    const rest = whole ?? ended ?? ''
    const isOther = rest.includes(' --config ')
    return `${calledAs}${isOther ? rest : rest.replace(words, found => found + kept)}`
  }
  return text => withCalledName(text.replace(command, typed), calledAs)
}

const flags = { config: '--config', envFile: '--env-file' } as const
