import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { Refusal } from '../../world/refusal.ts'

/** Answers every error in Tracker's form ("Error codes"). */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const refusal = toRefusal(error)
    // A refusal was asked for, whatever its status.
    if (!(error instanceof Refusal) && refusal.statusCode >= 500)
      request.log.error({ err: error }, 'the sandbox failed')
    return refuse(reply, refusal)
  })
}

/** Tracker's form of an error. */
export const trackerForm = ({ statusCode, errors, errorMessages }: Refusal) => ({ errors, errorMessages, statusCode })

export function refuse(reply: FastifyReply, refusal: Refusal) {
  return reply.code(refusal.statusCode).send(trackerForm(refusal))
}

function toRefusal(error: FastifyError): Refusal {
  if (error instanceof Refusal) return error
  const status = error.statusCode ?? 500
  const message = status < 500 ? error.message : 'The sandbox failed; its log says why.'
  return new Refusal(status, { errorMessages: [message] })
}
