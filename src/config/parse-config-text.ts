import { LineCounter, parseDocument, type YAMLParseError } from 'yaml'
import { type ConfigFault, ConfigFaults, fieldOf, type PathFault } from './config-faults.ts'
import { readYamlNodes } from './read-yaml-nodes.ts'
import { syntaxFault } from './yaml-syntax.ts'

/** The contents of a file: its value with variables filled in, and the faults of single values. */
export type ParsedConfig = {
  value: unknown
  faults: PathFault[]
  /** Adds places to faults, and sorts them in the order of the file. */
  tell: (faults: readonly PathFault[]) => ConfigFault[]
}

/**
 * Parses the text of a configuration file (YAML 1.2, so JSON too) and fills in its variables. Every place begins with `name`.
 * Throws ConfigFaults if the text is not YAML.
 */
export function parseConfigText(text: string, name: string, env: NodeJS.ProcessEnv): ParsedConfig {
  const lines = new LineCounter()
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const refuse = (offset: number, fault: { rule: string; hint: string }): never => {
    throw new ConfigFaults([{ field: 'the whole file', ...fault, place: placeOf(offset) }])
  }
  // Repeated keys are reported by readYamlNodes, with the line of the first.
  const options = { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false } as const
  const document = parseDocument(text, { ...options, lineCounter: lines })
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])
  if (errors.length > 0) {
    const faults = firstOfEachLine(errors, lines).map(({ code, pos }) => ({
      field: 'YAML',
      ...syntaxFault(code),
      place: placeOf(pos[0]),
    }))
    throw new ConfigFaults(faults)
  }
  const lineOf = (offset: number) => lines.linePos(offset).line
  const { value, faults, offsetOf } = readYamlNodes(document.contents, { env, lineOf, refuse })
  const tell = (all: readonly PathFault[]) =>
    all
      .map(fault => ({ ...fault, offset: fault.offset ?? offsetOf(fault.path, fault.atKey === true) }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ path, rule, hint, keyHidden, offset }) => ({
        place: placeOf(offset),
        field: fieldOf(keyHidden ? path.slice(0, -1) : path),
        rule,
        hint,
      }))
  return { value, faults, tell }
}

/** One mistake often leads to several errors on the same line. */
function firstOfEachLine<E extends Pick<YAMLParseError, 'pos'>>(errors: readonly E[], lines: LineCounter): E[] {
  const seen = new Set<number>()
  return errors.filter(({ pos }) => {
    const { line } = lines.linePos(pos[0])
    return !seen.has(line) && seen.add(line)
  })
}
