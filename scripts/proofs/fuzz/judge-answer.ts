import type { FuzzAnswer } from './read-answers.ts'

/** Secrets of the fuzzed server and of its callers: no answer and no record may hold one. */
export const canary = 'canary-'

/** Where the program lies: no answer tells. */
const places = [process.cwd(), 'node_modules', 'file://', '/src/', '.ts:']

/** What is wrong with an answer; undefined if nothing is. */
export function judgeAnswer({ status, headers, body }: FuzzAnswer, method: string | undefined): string | undefined {
  if (status >= 500) return `answered ${status}: ${body.slice(0, 300)}`
  const id = headers.get('x-request-id')
  if (!id) return `${status} without x-request-id`
  const told = `${[...headers.values()].join('\n')}\n${body}`
  if (told.includes(canary)) return 'a token in the answer'
  const place = status < 400 ? undefined : places.find(one => told.includes(one))
  if (place !== undefined) return `a path or a stack in the answer (${place})`
  if (status < 400 || method === 'HEAD') return undefined
  return judgeProblem(status, id, headers.get('content-type'), body)
}

function judgeProblem(status: number, id: string, type: string | undefined, body: string): string | undefined {
  if (type !== 'application/problem+json; charset=utf-8') return `${status} with the type ${type}`
  try {
    const problem = JSON.parse(body) as Record<string, unknown>
    if (problem.status !== status || problem.requestId !== id) return `${status}: status or requestId differ: ${body}`
    const missing = ['type', 'title', 'detail', 'code', 'hint'].find(name => typeof problem[name] !== 'string')
    return missing === undefined ? undefined : `${status} without ${missing}`
  } catch {
    return `${status} with a body that is not JSON: ${body.slice(0, 300)}`
  }
}
