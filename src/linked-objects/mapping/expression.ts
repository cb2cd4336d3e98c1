import type { Fault } from '../../errors/problem.ts'
import { loadJsonata } from '../load-when-needed.ts'
import { withinTime } from './time-bound.ts'

/** Bounds of one evaluation. The time, in milliseconds, is looked at between the steps of an expression. */
const limits = { timeout: 500, stack: 500, sequence: 10_000 }

/** JSONata's own clock stands still while a regular expression runs, and one may run for minutes. */
class BoundedRegExp extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    return withinTime(limits.timeout, () => super.exec(text))
  }
}

export type Expression = (answer: unknown, key: string) => Promise<unknown>

/** JSONata throws plain objects. */
type JsonataError = { code?: string; message?: string; position?: number }

/** A JSONata expression, compiled; `$key` in it is the object's key. Throws Error with a message for the owner. */
export function compileExpression(text: string): Expression {
  const expression = parse(text)
  return async (answer, key) => {
    try {
      return plain(await expression.evaluate(answer, { key }))
    } catch (error) {
      throw new Error(`fails: ${messageOf(error)}`, { cause: error })
    }
  }
}

/** What is wrong with an expression; undefined where it can be compiled. */
export function expressionFault(text: string): Omit<Fault, 'field'> | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    const { position } = error as JsonataError
    const place = position === undefined ? '' : ` at character ${position}`
    return {
      rule: `This is no JSONata expression: ${messageOf(error)}${place}`,
      hint: 'Correct it; https://try.jsonata.org shows what an expression does.',
    }
  }
}

const parse = (text: string) => loadJsonata()(text, { ...limits, RegexEngine: BoundedRegExp as RegExpConstructor })

/** A value of JSON without what JSONata hangs onto it. Throws for a function, which is an object with circles to JSONata. */
function plain(value: unknown): unknown {
  if (typeof value === 'function') throw new Error('the value is a function')
  return typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value
}

const messageOf = (error: unknown) =>
  ((error as JsonataError | null)?.message ?? 'an unknown fault').replace(
    /^Converting circular structure.*/s,
    'the value is a function',
  )
