import type { IncomingMessage } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { catalogue, type ErrorCode } from './errors/catalogue.ts'
import { httpProblem } from './errors/http-problem.ts'
import { noPage } from './errors/no-page.ts'
import { invalidInput, Problem, problemBody, problemType } from './errors/problem.ts'
import { schemaFault } from './errors/schema-fault.ts'
import { callFields, newRequestId } from './logging/call.ts'
import { type Logger, logsKeys } from './logging/logger.ts'
import { note, type Tally } from './logging/tally.ts'
import { paceOf, takeMoment } from './overload/pace.ts'
import type { RefusalPacer } from './overload/slow-refusals.ts'
import { noRefusals, refuseLater } from './overload/waiting-refusals.ts'
import { headersWithTokens } from './request-log/shown-headers.ts'
import { databaseProblem } from './storage/database/connection/database-problem.ts'

type Telling = { log: Logger; tally: Tally }

/** Refusals of calls that the server has no time for: the log counts them, so that they cost little. */
const shed: ReadonlySet<ErrorCode> = new Set(['overloaded', 'calls-waiting'])

/** What answers an error of a request, and says so in the log. */
export function answerErrors({ log, tally, paceRefusal }: Telling & { paceRefusal: RefusalPacer | undefined }) {
  const waiting = noRefusals()
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(error)
    const pace = paceRefusal?.(problem, request.ip)
    const isLogged = !shed.has(problem.code) && pace?.isLogged !== false
    const tokenIn = problem.status === 401 && isLogged ? headersWithTokens(request.headers) : []
    request.refusal = { code: problem.code, isLogged, tokenIn }
    if (isLogged) logProblem(log, request, problem, error)
    else if (shed.has(problem.code)) countShed(tally, request, problem)
    const send = () => sendProblem(request, reply, problem)
    if (pace !== undefined && pace.wait > 0) refuseLater(waiting, request.raw.socket, pace.wait, send)
    else send()
    return reply
  }
}

function logProblem(log: Logger, request: FastifyRequest, problem: Problem, error: FastifyError): void {
  const about = {
    ...callFields(request),
    code: problem.code,
    ...problem.recorded,
    ...(problem.status === 401 && { tokenIn: request.refusal?.tokenIn }),
  }
  // What happened in this case may name an object; the title of the code never does.
  const message = logsKeys(log) ? problem.message : catalogue[problem.code].title
  if (problem.status >= 500) log.error({ ...about, err: error }, message)
  else if (!problem.isCounted) log.info({ ...about, faults: problem.faults }, message)
}

function countShed(tally: Tally, { admission }: FastifyRequest, { code }: Problem): void {
  const application = admission?.application?.id
  note(tally, { code, ...(application !== undefined && { application }) }, catalogue[code].title)
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id, ...noPage, ...problem.headers })
    .type(problemType)
    .send(JSON.stringify(problemBody(problem, request.id)))
}

/** Records a second in the log of what is no request. */
const mostRaw = 50

/** Logs refusals of what never became a request of Fastify, each under an id of its own, which is returned; a flood is counted. */
export function noteRawRefusals({ log, tally }: Telling): (problem: Problem, request?: IncomingMessage) => string {
  const pace = paceOf(mostRaw)
  return (problem, request) => {
    const id = newRequestId()
    const now = performance.now()
    if (pace.next > now) {
      note(tally, { code: problem.code }, 'malformed requests come so often that not each is logged')
      return id
    }
    takeMoment(pace, now)
    log.info({ ...callFields({ id, headers: request?.headers ?? {} }), code: problem.code }, problem.message)
    return id
  }
}

/** The one place that turns any error into an answer. */
function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error
  if (error.validation?.[0]) {
    const fault = schemaFault(error.validation[0])
    const [code, whole] =
      error.validationContext === 'body'
        ? (['body-invalid', 'The body'] as const)
        : (['parameter-invalid', 'The address'] as const)
    return invalidInput(code, [fault], `${fault.field || whole} ${fault.rule}.`)
  }
  return httpProblem(error) ?? databaseProblem(error) ?? new Problem('internal', 'The server failed.', { cause: error })
}
