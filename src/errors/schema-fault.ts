import type { FastifySchemaValidationError } from 'fastify'
import type { Fault } from './problem.ts'

/**
 * An error of Ajv as a fault: the field as a path (`entityIds/3`), the rule, and the hint. The hint is the `description` of
 * the field's schema, which Ajv's option `verbose` adds to the error.
 */
export function schemaFault(
  error: FastifySchemaValidationError & { parentSchema?: { description?: string; properties?: object } },
): Fault {
  const field = error.instancePath.slice(1)
  const missing = error.keyword === 'required' ? String(error.params.missingProperty) : undefined
  const unknown = error.keyword === 'additionalProperties' ? String(error.params.additionalProperty) : undefined
  if (unknown !== undefined)
    return {
      field: [field, unknown].filter(Boolean).join('/'),
      rule: 'is not known here',
      hint: `Remove it, or use one of: ${Object.keys(error.parentSchema?.properties ?? {}).join(', ')}.`,
    }
  return {
    field: missing === undefined ? field : [field, missing].filter(Boolean).join('/'),
    rule: missing === undefined ? (error.message ?? error.keyword) : 'must be there',
    hint: error.parentSchema?.description ?? 'See the documentation of this call.',
  }
}
