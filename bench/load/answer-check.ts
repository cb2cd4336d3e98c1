import type { Call } from './calls.ts'
import type { ChangeWatch } from './change-watch.ts'
import type { Dialect } from './dialects.ts'

/** One of so many answers is compared word for word, one of so many changes is looked up in the database. */
const bodyEvery = 16
const changeEvery = 64

/**
 * Checks answers: the status of each, and the body and the stored change of some. `check` returns what is wrong with an answer, if
 * anything.
 */
export function answerChecker(dialect: Dialect, watch: ChangeWatch | undefined) {
  let answers = 0
  let changes = 0
  const checked = { bodies: 0 }
  const check = (call: Call, status: number, body: string): string | undefined => {
    const wanted = dialect.status(call)
    if (status !== wanted) return `${describe(call)} was answered ${status} instead of ${wanted}: ${body.slice(0, 200)}`
    if (call.kind !== 'info' && changes++ % changeEvery === 0) watch?.look(call)
    if (answers++ % bodyEvery !== 0) return undefined
    checked.bodies++
    return dialect.isRight(call, body) ? undefined : `${describe(call)} got a wrong body: ${body.slice(0, 200)}`
  }
  return { check, checked }
}

const describe = (call: Call): string =>
  call.kind === 'info' ? `info of object ${call.object}` : `${call.kind} of ${call.issueKey}`
