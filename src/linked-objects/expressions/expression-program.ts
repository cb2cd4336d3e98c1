import { setPriority } from 'node:os'
import { answerQuestions } from '../processes/answer-questions.ts'
import { compileExpression, type Expression } from './jsonata-expression.ts'

/** The program of the processes in which expressions and key patterns of the owner run: what hangs there is ended with its process. */

/**
 * An expression; `about` comes with the first one, the further ones are about the same. Or a pattern, and a key that it may match.
 */
export type ExpressionQuestion =
  | { text: string; about?: { answer: unknown; key: string } }
  | { pattern: string; flags: string; key: string }
/** The value; `{}` is none. Of a pattern: its groups, or none if it does not match. */
export type ExpressionAnswer = { value?: unknown } | { fault: string }

let about: { answer: unknown; key: string } = { answer: undefined, key: '' }

/** Those of the configuration, and those of former ones: few. */
const compiled = new Map<string, Expression>()
const mostCompiled = 1_000

function expressionOf(text: string): Expression {
  const known = compiled.get(text)
  if (known) return known
  if (compiled.size >= mostCompiled) compiled.clear()
  const expression = compileExpression(text)
  compiled.set(text, expression)
  return expression
}

async function answer(question: ExpressionQuestion): Promise<ExpressionAnswer> {
  if ('pattern' in question) {
    const match = new RegExp(question.pattern, question.flags).exec(question.key)
    return match ? { value: { ...match.groups } } : {}
  }
  about = question.about ?? about
  try {
    return { value: await expressionOf(question.text)(about.answer, about.key) }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

// The server goes before an expression that takes all that there is.
setPriority(5)
answerQuestions(question => answer(question as ExpressionQuestion))
