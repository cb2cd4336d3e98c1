import type { Fault } from '../../errors/problem.ts'
import { loadJsonata } from '../load-when-needed.ts'

/**
 * Limits of one evaluation. JSONata checks the time (milliseconds) between the steps of an expression only: what takes longer inside of
 * one, such as a regular expression, is ended with its process.
 */
const limits = { timeout: 500, stack: 500, sequence: 10_000 }

/** Characters of a value, as JSON; a card has room for 1,000 of a text. */
const longestValue = 100_000

export type Expression = (answer: unknown, key: string) => Promise<unknown>

/** What JSONata throws: a plain object. */
type JsonataError = { code?: string; message?: string; position?: number }

/** Compiles a JSONata expression; `$key` in it is the object's key. Both steps throw Error with a message for the owner. */
export function compileExpression(text: string): Expression {
  const expression = parse(text)
  return async (answer, key) => {
    let json: string | undefined
    try {
      json = jsonOf(await expression.evaluate(answer, { key }))
    } catch (error) {
      throw new Error(`fails: ${messageOf(error)}`, { cause: error })
    }
    if (json !== undefined && json.length > longestValue)
      throw new Error(`is longer than ${longestValue.toLocaleString('en-US')} characters`)
    return json === undefined ? undefined : JSON.parse(json)
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

const parse = (text: string) => loadJsonata()(text, limits)

/** A value as JSON, without what JSONata adds to it. Throws for a function, which to JSONata is an object with circular references. */
function jsonOf(value: unknown): string | undefined {
  if (typeof value === 'function') throw new Error('the value is a function')
  return JSON.stringify(value)
}

const messageOf = (error: unknown) =>
  ((error as JsonataError | null)?.message ?? 'unknown reason').replace(
    /^Converting circular structure.*/s,
    'the value is a function',
  )
