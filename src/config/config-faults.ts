import type { Fault } from '../errors/problem.ts'
import { isPlainName } from './plain-name.ts'

/** A place in the settings or in the file: names of keys and positions in lists, from the top. */
export type Path = readonly (string | number)[]

/** A fault whose line and column are not known yet. */
export type PathFault = {
  path: Path
  rule: string
  hint: string
  /** The key is wrong, not its value. */
  atKey?: boolean
  /** The key is wrong and may be a misplaced secret, so it is not shown. */
  keyHidden?: boolean
  /** The position in the text, if it is not that of the path. */
  offset?: number
}

/**
 * One fault as it is shown; one in a file has its `place` (file:line:column). No text of a fault repeats a value, because any
 * value may be a secret.
 */
export type ConfigFault = Fault & { place?: string }

/** Everything that is wrong with the settings or with the configuration file, at once. */
export class ConfigFaults extends Error {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(formatFaults({ faults }))
    this.name = 'ConfigFaults'
    this.faults = faults
  }
}

/** The faults as text, one paragraph each: place and field, what is wrong, what would be right. */
export function formatFaults({ faults }: { faults: readonly ConfigFault[] }): string {
  return faults
    .map(({ place, field, rule, hint }) => {
      const head = place === undefined ? field : `${place}  ${field}`
      return `${head}\n  ${sentence(rule)}\n  ${sentence(hint)}`
    })
    .join('\n\n')
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

/** A path as a person writes it: `applications[0].authorization.tokens[1]`; `?` for a part that may be a secret. */
export function fieldOf(path: Path): string {
  const field = path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${isPlainName(part) ? part : '?'}`))
    .join('')
    .replace(/^\./, '')
  return field === '' ? 'the whole file' : field
}
