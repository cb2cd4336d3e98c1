import type { FastifySchemaValidationError } from 'fastify'
import type { Fault } from './problem.ts'

/**
 * A fault that Ajv found, in words: the field as a path (`entityIds/3`), the rule, and the mend. The mend is the
 * `description` of the field's schema (Ajv's option `verbose` brings it along).
 */
export function schemaFault(error: FastifySchemaValidationError & { parentSchema?: { description?: string } }): Fault {
  const field = error.instancePath.slice(1)
  const missing = error.keyword === 'required' ? String(error.params.missingProperty) : undefined
  return {
    field: missing === undefined ? field : [field, missing].filter(Boolean).join('/'),
    rule: missing === undefined ? (error.message ?? error.keyword) : 'must be there',
    mend: error.parentSchema?.description ?? 'Send what the documentation of this call names.',
  }
}
