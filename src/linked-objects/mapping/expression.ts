import type { Fault } from '../../errors/problem.ts'
import { loadJsonata } from '../load-when-needed.ts'
import { withinTime } from './time-bound.ts'

/** Limits of one evaluation. JSONata checks the time (milliseconds) between the steps of an expression only. */
const limits = { timeout: 500, stack: 500, sequence: 10_000 }

/** A regular expression is one step to JSONata, which does not check the time in it; and one may run for minutes. */
class BoundedRegExp extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    return withinTime(limits.timeout, () => super.exec(text))
  }
}

export type Expression = (answer: unknown, key: string) => Promise<unknown>

/** What JSONata throws: a plain object. */
type JsonataError = { code?: string; message?: string; position?: number }

/** Compiles a JSONata expression; `$key` in it is the object's key. Both steps throw Error with a message for the owner. */
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

/** What is wrong with an expression; undefined if it compiles. */
export function expressionFault(text: string): Omit<Fault, 'field'> | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    const { position } = error as JsonataError
    const place = position === undefined ? '' : ` at character ${position}`
    return {
      rule: `This is not a JSONata expression: ${messageOf(error)}${place}`,
      hint: 'Correct it; https://try.jsonata.org shows what an expression does.',
    }
  }
}

const parse = (text: string) => loadJsonata()(text, { ...limits, RegexEngine: BoundedRegExp as RegExpConstructor })

/**
 * A JSON value, without what JSONata adds to it. Throws for a function, which to JSONata is an object with circular references.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'function') throw new Error('the value is a function')
  return typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value
}

const messageOf = (error: unknown) =>
  ((error as JsonataError | null)?.message ?? 'unknown reason').replace(
    /^Converting circular structure.*/s,
    'the value is a function',
  )
