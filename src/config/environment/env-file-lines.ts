import { type ConfigFault, ConfigFaults } from '../config-faults.ts'

/**
 * Refuses what readers of such files (Node, systemd, Docker Compose, a shell) read differently, or pass over in silence: a secret
 * that is cut short would be noticed late. No message shows a value. Throws ConfigFaults.
 */
export function refuseUnclearLines(text: string, name: string): void {
  const faults = withoutQuoted(text)
    .split(/\r?\n/)
    .flatMap((line, index) => unclear(line.trim()).map(fault => ({ ...fault, place: `${name}:${index + 1}:1` })))
  if (faults.length > 0) throw new ConfigFaults(faults)
}

/** The text without what stands in quotes, which may hold anything; its lines keep their numbers. */
const withoutQuoted = (text: string) =>
  text.replace(/=[ \t]*("[^"]*"|'[^']*'|`[^`]*`)/g, quoted => `=${'\n'.repeat(quoted.split('\n').length - 1)}`)

function unclear(line: string): Omit<ConfigFault, 'place'>[] {
  // systemd's comments may begin with a semicolon.
  if (line === '' || /^[#;]/.test(line)) return []
  const [, field, value = ''] = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*=(.*)$/.exec(line) ?? []
  if (field === undefined)
    return [
      { field: 'the line', rule: 'It sets no variable', hint: 'Write NAME=value, or a comment that begins with #.' },
    ]
  if (/^\s*["'`]/.test(value))
    return [{ field, rule: 'The quote is not closed', hint: 'Close it, or put the whole value into other quotes.' }]
  if (/(^|\S)#/.test(value))
    return [{ field, rule: 'A # within the value begins a comment for some readers', hint: 'Put the value in quotes.' }]
  return []
}
