import type { Fault } from '../../errors/problem.ts'
import type { TrackerCall } from '../tracker-call.ts'
import { divideQuery, divideTemplate } from './divide-template.ts'
import { compileLiteral } from './url-literal.ts'
import { placeholder } from './url-pattern.ts'

/** How often the template of a call has each placeholder. */
const wanted = {
  entityInfo: { issueKey: 0, remoteKey: 1 },
  createLink: { issueKey: 0, remoteKey: 0 },
  removeLink: { issueKey: 1, remoteKey: 1 },
} as const

type Told = [rule: string, hint: string]

/** Every rule that a template breaks, `field` empty. No text repeats the template, whose parameters may be secrets. */
export function templateFaults(text: string, call: TrackerCall): Fault[] {
  const found = [...characterFaults(text), ...pathFaults(text)]
  const braces = braceFaults(text)
  // A misspelt placeholder would be reported a second time, as a missing one.
  found.push(...(braces.length > 0 ? braces : [...placeholderFaults(text, call), ...parameterFaults(text)]))
  return found.map(([rule, hint]) => ({ field: '', rule, hint }))
}

function characterFaults(text: string): Told[] {
  const found: Told[] = []
  // Spaces inside of braces are reported as braces that are not a placeholder.
  if (/[\s\\\p{Cc}]/u.test(text.replace(/\{[^{}]*\}/g, '')) || !text.isWellFormed())
    found.push(['It holds a space, a control character or `\\`', 'Write a space as %20 and `\\` as %5C.'])
  if (text.includes('#'))
    found.push(['It holds `#`, and a fragment is never sent', 'Leave `#` out, or write it as %23.'])
  if (text.split(placeholder).some(literal => !isDecodable(literal)))
    found.push(['It holds a `%` that begins no escape of UTF-8 text', 'Write `%` as %25.'])
  return found
}

function pathFaults(text: string): Told[] {
  const { path } = divideTemplate(text)
  const found: Told[] = []
  if (!/^\/(?!\/)/.test(text))
    found.push([
      'It does not begin with one `/`: it is relative to `publicUrl`, without scheme and host',
      'Write what follows the host, such as /crm/objects/{{remoteKey}}.',
    ])
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path))
    found.push(['It has `.` or `..` as a path segment, and clients remove those', 'Write the path without them.'])
  if (isDecodable(path) && /^\/health\/?$/.test(decodeURIComponent(path)))
    found.push(['Its path is /health, where this server answers its health', 'Choose another path.'])
  return found
}

function braceFaults(text: string): Told[] {
  if (!/[{}]/.test(text.replace(placeholder, ''))) return []
  const hint = 'Write {{remoteKey}} and {{issueKey}} exactly so, other braces as %7B and %7D.'
  return [['It holds braces that are not a placeholder', hint]]
}

function placeholderFaults(text: string, call: TrackerCall): Told[] {
  const found: Told[] = []
  for (const [name, times] of Object.entries(wanted[call])) {
    const shown = `{{${name}}}`
    const present = text.split(shown).length - 1
    if (present === times) continue
    if (times === 0) found.push([`It holds ${shown}, which Tracker does not fill in here`, `Leave ${shown} out.`])
    else
      found.push([
        present === 0 ? `It does not hold ${shown}` : `It holds ${shown} more than once`,
        `Write ${shown} in it once.`,
      ])
  }
  if (text.includes('}}{{'))
    found.push([
      'Nothing stands between two placeholders',
      'Put a character there that no issue key holds, such as `/`.',
    ])
  return found
}

function parameterFaults(text: string): Told[] {
  const parameters = divideQuery(divideTemplate(text).query ?? '') ?? []
  const names = parameters.map(({ name }) => (isDecodable(name) ? compileLiteral(name, 'query').text : name))
  return names.some((name, index) => names.indexOf(name) < index)
    ? [['It has a parameter twice, and parameters may come in any order', 'Give each parameter a name of its own.']]
    : []
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined
  } catch {
    return false
  }
}
