import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'

const common = { allErrors: false, verbose: true, removeAdditional: false, meta: false, validateSchema: false } as const

/**
 * Compiles the schemas of requests. Parameters of an address are text, so numbers and booleans are read from them and
 * defaults are filled in; a body is checked unchanged.
 */
export function createSchemaCompiler(): FastifySchemaCompiler<object> {
  const ofBody = new Ajv({ ...common, coerceTypes: false })
  const ofAddress = new Ajv({ ...common, coerceTypes: true, useDefaults: true })
  return ({ schema, httpPart }) => compiledWhenNeeded(() => (httpPart === 'body' ? ofBody : ofAddress).compile(schema))
}

/** Compiling all schemas when the server starts would be a twentieth of that work, and 4 MB that most servers never use. */
function compiledWhenNeeded(compile: () => ValidateFunction) {
  let compiled: ValidateFunction | undefined
  const validate = (data: unknown): boolean => {
    compiled ??= compile()
    const isValid = compiled(data)
    // Fastify looks for the errors here.
    validate.errors = compiled.errors ?? null
    return isValid
  }
  validate.errors = null as ErrorObject[] | null
  return validate
}
