import { pathToFileURL } from 'node:url'
import { withDigits } from '../../../values/json-digits.ts'
import { answerQuestions } from '../../processes/answer-questions.ts'
import { type Place, placeOfError } from './place-of-error.ts'
import { tellPlace } from './tell-place.ts'

/**
 * What the process is asked, one question at a time, and what it answers: always a value, so no error has to be sent. Without a
 * key the module is loaded only.
 */
export type ModuleQuestion = { file: string; key?: string; milliseconds: number }
export type ModuleAnswer = { json?: string } | { fault: string; place?: Place | undefined }

const longestAnswer = 1024 * 1024

async function answer({ file, key, milliseconds }: ModuleQuestion): Promise<ModuleAnswer> {
  try {
    const ask: unknown = (await import(pathToFileURL(file).href)).default
    if (typeof ask !== 'function') return { fault: 'its default export is not a function' }
    if (key === undefined) return {}
    const value: unknown = await ask({ key, signal: AbortSignal.timeout(milliseconds) })
    if (value === undefined || value === null) return {}
    const json: string | undefined = JSON.stringify(value, withDigits)
    if (json === undefined) return { fault: 'it answered with something that is not a JSON value' }
    return Buffer.byteLength(json) > longestAnswer ? { fault: 'its answer is larger than 1 MB' } : { json }
  } catch (error) {
    return { fault: `it threw ${describe(error)}`, place: placeOf(error, file) }
  }
}

/** Undefined rather than an error: what was thrown may be anything. */
function placeOf(error: unknown, file: string): Place | undefined {
  try {
    return placeOfError(error, { own: import.meta.filename, file })
  } catch {
    return undefined
  }
}

/** The first line of what was thrown. */
function describe(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return text.replace(/\n.*| imported from .*/s, '').slice(0, 200)
  } catch {
    return 'something that has no text'
  }
}

// What a module leaves behind after its answer (a promise that is rejected later, a timer that throws) would end the process,
// and the next question with it.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) =>
    console.error(`A module of objects left an error behind: ${describe(error)}${tellPlace(placeOf(error, ''))}`),
  )
answerQuestions(question => answer(question as ModuleQuestion))
