import type { MappingConfig } from '../../config/schema.ts'
import type { Fault } from '../../errors/problem.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type CardCells, checkCard } from '../check-card.ts'
import { evaluating, Overdone, warmExpressions } from '../expressions/evaluate.ts'
import { compileExpression } from '../expressions/jsonata-expression.ts'
import { type PlainPath, plainPath } from '../expressions/plain-path.ts'
import { SourceFailure } from '../object-source.ts'
import { cardFieldOf, type MappingField, mappingFields } from './mapping-fields.ts'
import { readyMade } from './ready-made/ready-made-mappings.ts'

/** The result of one expression: a value, or why there is none. */
export type MappingStep = {
  field: MappingField | 'found'
  expression: string
  value?: unknown
  fault?: string
  /** The expression took too long or too much. */
  isOverdone?: true
}

/** A mapping does not fit an answer. `faults` name the fields, with the expression and the value that it gave. */
export class MappingFailure extends SourceFailure {
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super('mapping', faults.map(({ field, rule }) => `\`${field}\` ${rule}`).join('; '))
    this.faults = faults
  }
}

/** The expressions of a mapping, and how its plain ones are looked up without a process. */
type CompiledMapping = {
  user: string
  expressions: Partial<Record<MappingStep['field'], string>>
  paths: ReadonlyMap<string, PlainPath>
}

type Run = (field: MappingStep['field']) => Promise<MappingStep | undefined>
type Question = { signal?: AbortSignal; tell?: (step: MappingStep) => void }

/**
 * Returns what makes cards from answers, without the application's rules: undefined if `found` says that there is no such
 * object. `tell` hears of each step. Throws MappingFailure, and SourceFailure if the expressions of this `user` get no turn before
 * `signal` is aborted; throws at once if an expression cannot be compiled.
 */
export function compileMapping(config: MappingConfig, user: string) {
  const expressions = expressionsOf(config)
  const paths = new Map<string, PlainPath>()
  for (const [field, text] of Object.entries(expressions)) {
    const path = plainPath(text)
    if (path) paths.set(field, path)
    else compileExpression(text)
  }
  const mapping = { user, expressions, paths }
  if (Object.keys(expressions).length > paths.size) warmExpressions()
  return async (key: RemoteKey, answer: unknown, question: Question = {}) =>
    await mapAnswer(mapping, key, answer, question).catch(refuseDepth)
}

/** JSON is read at any depth, but written only as deep as the stack. */
function refuseDepth(error: unknown): never {
  throw error instanceof RangeError ? new SourceFailure('answer-invalid', 'the answer is nested too deeply') : error
}

const nobodyGivesUp = new AbortController().signal

async function mapAnswer(
  mapping: CompiledMapping,
  key: RemoteKey,
  answer: unknown,
  { signal = nobodyGivesUp, tell }: Question,
): Promise<ObjectInfo | undefined> {
  const known = lookUpPaths(mapping, answer)
  if (known.size === Object.keys(mapping.expressions).length)
    return await makeCard(key, async field => known.get(field), tell)
  return await evaluating(mapping.user, signal, async evaluate => {
    // The answer is sent once.
    let about: { answer: unknown; key: string } | undefined = { answer, key }
    const run: Run = async field => {
      const expression = mapping.expressions[field]
      if (expression === undefined || known.has(field)) return known.get(field)
      const sent = about
      about = undefined
      return {
        field,
        expression,
        ...(await evaluate({ text: expression, ...(sent && { about: sent }) }).catch(overdone)),
      }
    }
    return await makeCard(key, run, tell)
  })
}

/** The steps that need no process. */
function lookUpPaths({ expressions, paths }: CompiledMapping, answer: unknown): Map<string, MappingStep> {
  const known = new Map<string, MappingStep>()
  for (const [field, path] of paths) {
    const found = path(answer)
    const name = field as MappingStep['field']
    if (found) known.set(field, { field: name, expression: expressions[name] as string, ...found })
  }
  return known
}

async function makeCard(key: RemoteKey, run: Run, tell: Question['tell']): Promise<ObjectInfo | undefined> {
  const found = await run('found')
  if (found) tell?.(found)
  if (found?.value === false) return undefined
  if (found && found.value !== true) throw new MappingFailure([faultOf(found, found.fault ?? 'must be true or false')])

  const steps: MappingStep[] = []
  for (const field of mappingFields) {
    const step = await run(field)
    if (!step) continue
    tell?.(step)
    steps.push(step)
    // Its process is gone.
    if (step.isOverdone) throw new MappingFailure([faultOf(step, step.fault ?? '', overdoneHint)])
  }
  return cardOf(key, steps)
}

function overdone(error: unknown): { fault: string; isOverdone: true } {
  if (!(error instanceof Overdone)) throw error
  return { fault: error.message, isOverdone: true }
}

const overdoneHint =
  'Make it simpler, or shorten long texts first: `$substring(title, 0, 1000)`. A regular expression must not repeat what repeats.'

/** The expressions of a mapping, including those of the ready-made mapping that it uses. */
export function expressionsOf({ use, ...own }: MappingConfig): Partial<Record<MappingStep['field'], string>> {
  return { ...(use && readyMade[use].mapping), ...own }
}

function cardOf(key: RemoteKey, steps: readonly MappingStep[]): ObjectInfo {
  const cells: CardCells = { key }
  const faults: Fault[] = []
  for (const step of steps) {
    const { value, fault = faultOfValue(value) } = step
    if (fault !== undefined) faults.push(faultOf(step, fault))
    else cells[cardFieldOf[step.field as MappingField]] = textOf(step.field, value)
  }
  // A description without its status or resolution describes nothing.
  if (cells['status.name'] === undefined) delete cells['status.description']
  if (cells['resolution.name'] === undefined) delete cells['resolution.description']
  const card = checkCard(cells)
  if (!('faults' in card) && faults.length === 0) return card
  const refused = 'faults' in card ? card.faults : []
  throw new MappingFailure([...faults, ...refused.flatMap(fault => refusedField(fault, steps, faults))])
}

function refusedField(fault: Fault, steps: readonly MappingStep[], reported: readonly Fault[]): Fault[] {
  const field = mappingFields.find(one => cardFieldOf[one] === fault.field)
  if (reported.some(one => one.field === field)) return []
  const step = steps.find(one => one.field === field)
  return [step ? faultOf(step, fault.rule, fault.hint) : fault]
}

function faultOf(step: MappingStep, rule: string, hint = 'Change the expression, or the answer.'): Fault {
  const met = 'value' in step ? `; it met ${shortened(step.value)}` : ''
  return { field: step.field, rule: `${rule} (expression \`${step.expression}\`${met})`, hint }
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const faultOfValue = (value: unknown): string | undefined =>
  value === undefined || value === null || isPlain(value) ? undefined : 'must be one text or number'

const isDate = /^\d{4}-\d\d-\d\d$/

/** A value as the text of a cell; undefined if it is blank. A deadline without a time is the beginning of that day in UTC. */
function textOf(field: MappingStep['field'], value: unknown): string | undefined {
  const text = isPlain(value) ? String(value) : ''
  if (!/\S/.test(text)) return undefined
  return field === 'deadline' && isDate.test(text) ? `${text}T00:00:00.000+0000` : text
}

/** A value of an answer, for a message: at most 100 characters. */
export function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
