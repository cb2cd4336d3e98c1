import type { Fault } from '../errors/problem.ts'

/** Where in the settings or in the file: names of keys and positions in lists, from the top. */
export type Path = readonly (string | number)[]

/** A fault before its place is known. */
export type PathFault = {
  path: Path
  rule: string
  hint: string
  /** The key is wrong, not what stands behind it. */
  atKey?: boolean
  /** The key is wrong, and it may be a secret that slipped there: the field is told without it. */
  keyHidden?: boolean
  /** The place itself, where the path does not tell it. */
  offset?: number
}

/**
 * One fault as it is told, for one in a file with its `place` (file:line:column). No text of a fault repeats a value, because
 * any value may be a secret.
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

/** The faults for a person, a paragraph each: place and field, what is wrong, what would be right. */
export function formatFaults({ faults }: { faults: readonly ConfigFault[] }): string {
  return faults
    .map(({ place, field, rule, hint }) => {
      const head = place === undefined ? field : `${place}  ${field}`
      return `${head}\n  ${sentence(rule)}\n  ${sentence(hint)}`
    })
    .join('\n\n')
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

/** A path as a person writes it: `applications[0].authorization.tokens[1]`. */
export function fieldOf(path: Path): string {
  const field = path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${/^[\w-]{1,32}$/.test(part) ? part : '?'}`))
    .join('')
    .replace(/^\./, '')
  return field === '' ? 'the whole file' : field
}
