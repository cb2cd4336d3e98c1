import { Ajv, type ErrorObject } from 'ajv'
import type { Path, PathFault } from './config-faults.ts'
import { formats } from './formats.ts'
import { nearestName } from './nearest-name.ts'
import { neededSchema } from './needed-schema.ts'
import { knownKeys, type SchemaError, tellSchemaError } from './tell-schema-error.ts'

// That the two schemas are valid JSON Schema is checked by a test: at each start it would take a tenth of the time. Each schema is
// used once, so optimizing its code would take more time than it saves.
const options = {
  discriminator: true,
  strict: true,
  formats,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
  keywords: ['patternErrorMessage', 'hint'],
}

/**
 * Every fault of a value by one of the two schemas, in words. The whole schema is compiled only if there are any: that takes 80 ms,
 * and the code is 330 KB.
 */
export function checkSchema(schema: object, value: unknown): PathFault[] {
  if (new Ajv(options).compile(neededSchema({ ...schema }, [value]))(value)) return []
  // `verbose` adds to each error the schema that was broken, and the value, which must never be shown.
  const check = new Ajv({ ...options, allErrors: true, verbose: true }).compile(schema)
  if (check(value)) return []
  const errors = (check.errors ?? []) as (ErrorObject & SchemaError)[]
  return withoutEchoes(errors).map(error => tellSchemaError(error, pathOf(error.instancePath, value)))
}

/** Leaves one error for each fault: a misspelt key is not reported as missing, nor a wrong pattern as a wrong format. */
function withoutEchoes<E extends SchemaError>(errors: E[]): E[] {
  const meant = new Set(errors.map(suggestedPointer))
  const patterns = new Set(
    errors.filter(({ keyword }) => keyword === 'pattern').map(({ instancePath }) => instancePath),
  )
  // Of a value that may have several forms: what is wrong with the form that it has, or else that it has none of them.
  const forms = new Map(
    errors.flatMap(({ keyword, instancePath, data }) => (keyword === 'anyOf' ? [[instancePath, data]] : [])),
  )
  return errors.filter(({ keyword, instancePath, params }) => {
    if (keyword === 'anyOf') return typeof forms.get(instancePath) !== 'object'
    if (keyword === 'type' && forms.has(instancePath)) return false
    if (keyword === 'required') return !meant.has(`${instancePath}/${String(params.missingProperty)}`)
    return keyword !== 'format' || !patterns.has(instancePath)
  })
}

/** The pointer of the key that a misspelt one probably means. */
function suggestedPointer(error: SchemaError): string | undefined {
  if (error.keyword !== 'additionalProperties') return undefined
  const meant = nearestName(String(error.params.additionalProperty), knownKeys(error))
  return meant && `${error.instancePath}/${meant}`
}

/** A JSON pointer (RFC 6901) as a path; the value shows which parts are positions in a list. */
function pathOf(pointer: string, value: unknown): Path {
  let inside = value
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => {
      const isPosition = Array.isArray(inside)
      inside = (inside as Record<string, unknown>)[part]
      return isPosition ? Number(part) : part
    })
}
