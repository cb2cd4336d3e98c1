import { shortened } from '../../linked-objects/mapping/map-answer.ts'
import type { Preview } from '../../linked-objects/sources/preview-object.ts'
import type { Step } from '../../linked-objects/sources/upstream.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import { counted, formatTable, shown, visible } from '../terminal-text.ts'

const mostLines = 60

/** A preview for a person: what was sent, what came, what became of it, and what is wrong with it. */
export function formatPreview(preview: Preview): string {
  const { steps, answer, mapping, card } = preview
  return [
    ...(steps.length > 0 ? ['Question', ...steps.flatMap(formatStep), ''] : []),
    ...(answer === undefined ? [] : ['Answer', ...formatJson(answer), '']),
    ...(mapping.length > 0 ? ['Mapping', indent(formatMapping(mapping)), ''] : []),
    ...(card ? ['Rules', ...formatRules(preview), ''] : []),
    ...formatOutcome(preview),
  ].join('\n')
}

/** What came of a question: the card, or why there is none; and what is to be warned of. */
export function formatOutcome({ card, failure, warnings }: Preview): string[] {
  return [
    ...(card ? ['Card', ...formatJson(objectInfoValue(card))] : []),
    ...(failure ? formatFailure(failure) : []),
    ...(card || failure ? [] : ['There is no such object.']),
    ...warnings.flatMap(warning => ['', `WARNING: ${visible(warning)}`]),
  ]
}

function formatStep(step: Step): string[] {
  if (step.step === 'key') return [`  ${step.rule}`]
  if (step.step === 'request') return [`  ${step.method} ${visible(step.address)}`, `  with ${step.headers.join(', ')}`]
  if (step.step === 'text') return [`  begins with ${shown(step.start, 200)}`]
  if (step.step === 'module')
    return [
      `  ${visible(step.file)}`,
      `  sees the variables ${step.environment.join(', ')}; \`env\` gives it others`,
      `  ended after ${took(step)}`,
    ]
  if (step.step === 'query')
    return [
      ...step.query
        .trim()
        .split('\n')
        .map(line => `  ${visible(line)}`),
      `  ${counted(step.rows, 'row')} after ${took(step)}`,
    ]
  const to = step.location === undefined ? '' : ` to ${shown(step.location, 200)}`
  return [`  ${step.status} after ${took(step)}${to}`]
}

const took = ({ milliseconds }: { milliseconds: number }) => `${Math.round(milliseconds)} ms`

/** JSON in lines, the first of them; the numbers keep their digits. */
function formatJson(value: unknown): string[] {
  const lines = JSON.stringify(value, null, 2).split('\n')
  const first = lines.slice(0, mostLines).map(line => `  ${shown(line, 200)}`)
  return lines.length > mostLines ? [...first, `  … ${lines.length - mostLines} more lines; --json shows all`] : first
}

const formatMapping = (steps: Preview['mapping']): string =>
  formatTable(
    ['FIELD', 'VALUE', 'EXPRESSION'],
    steps.map(({ field, expression, value, fault }) => [field, fault ?? shortened(value), shown(expression, 120)]),
  )

/** Every field that the rules changed. */
function formatRules({ mapped, card }: Preview): string[] {
  const [before, after] = [mapped, card].map(info => (info ? fieldsOf(info) : new Map<string, string>()))
  const changes = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])]
    .filter(field => before?.get(field) !== after?.get(field))
    .map(field => `  ${field}: ${before?.get(field) ?? 'nothing'} -> ${after?.get(field) ?? 'nothing'}`)
  return changes.length > 0 ? changes : ['  changed nothing']
}

/** A card's fields by their paths, as JSON. */
function fieldsOf(info: NonNullable<Preview['card']>): Map<string, string> {
  const flat = Object.entries(objectInfoValue(info) as Record<string, unknown>).flatMap(([name, value]) =>
    ['status', 'resolution', 'assignee'].includes(name)
      ? Object.entries(value ?? {}).map(([inner, one]) => [`${name}.${inner}`, one] as const)
      : [[name, value] as const],
  )
  return new Map(flat.filter(([, value]) => value !== undefined).map(([field, value]) => [field, shortened(value)]))
}

function formatFailure({ message, faults }: NonNullable<Preview['failure']>): string[] {
  if (faults.length === 0) return ['No card', `  ${visible(message)}`]
  return ['No card', ...faults.flatMap(({ field, rule, hint }) => [`  ${field} ${visible(rule)}`, `    ${hint}`])]
}

const indent = (text: string) =>
  text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n')
