import { Ajv, type ValidateFunction } from 'ajv'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../world/refusal.ts'
import { answerErrors } from './answer-errors.ts'
import { parseBody } from './read-body.ts'

/** The sandbox's own addresses take bodies and answer errors as the API does: JSON, whatever the content type says. */
export function takeOwnBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => parseBody(bytes))
  answerErrors(app)
}

/** Compiles the schemas of these bodies. */
export const ownSchemas = new Ajv({ allErrors: true })

/** Reads a body that fits its schema; otherwise throws `Refusal` 422 that names every place of a fault. */
export function ownBody<Body>(fits: ValidateFunction<Body>): (body: unknown) => Body {
  return body => {
    if (fits(body)) return body
    const faults = (fits.errors ?? []).map(({ instancePath, message, params }) => {
      const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] }
      const place = [...instancePath.split('/').slice(1), additionalProperty ?? []].flat().join('.')
      return [place || 'body', `${message}${allowedValues ? `: ${allowedValues.map(String).join(', ')}` : ''}`]
    })
    throw new Refusal(422, { errors: Object.fromEntries(faults) })
  }
}
