import { Ajv } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'

const common = { allErrors: false, verbose: true, removeAdditional: false, meta: false, validateSchema: false } as const

/**
 * Compiles the schemas of requests. What stands in an address is text, so numbers and booleans are read from it and
 * defaults are filled in; a body is taken as it is.
 */
export function createSchemaCompiler(): FastifySchemaCompiler<object> {
  const ofBody = new Ajv({ ...common, coerceTypes: false })
  const ofAddress = new Ajv({ ...common, coerceTypes: true, useDefaults: true })
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofBody : ofAddress).compile(schema)
}
