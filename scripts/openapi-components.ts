import type { Operation, Parameter, Response, Schema } from './openapi-document.ts'

type Paths = Record<string, Record<string, Operation>>
type Reference = { $ref: string }

/**
 * Moves what several operations share to `components`: schemas with a title, and parameters and error responses that occur
 * twice. Readers and client generators find each once, by its name.
 */
export function shareComponents(paths: Paths, schemas: Record<string, object>) {
  const operations = Object.values(paths).flatMap(item => Object.values(item))
  const parameters = sharedBy(
    operations.flatMap(({ parameters = [] }) => parameters),
    ({ name }) => name,
  )
  const responses = sharedBy(
    operations.flatMap(({ responses }) => Object.entries(responses).filter(([, response]) => response['x-codes'])),
    ([status]) => `Error${status}`,
  )
  const refer = ({ parameters: own = [], responses: all, requestBody, ...operation }: Operation) => ({
    ...operation,
    ...(own.length > 0 && { parameters: inOrder(own).map(one => parameters.refer('parameters', one) ?? tidy(one)) }),
    ...(requestBody && { requestBody }),
    responses: Object.fromEntries(
      Object.entries(all).map(entry => [entry[0], responses.refer('responses', entry) ?? entry[1]]),
    ),
  })
  const named = { ...schemas }
  const referring = Object.entries(paths).map(([path, item]) => [
    path,
    Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, refer(operation)])),
  ])
  return {
    paths: nameSchemas(Object.fromEntries(referring), named) as object,
    components: {
      schemas: named,
      parameters: Object.fromEntries(Array.from(parameters.components, ([name, one]) => [name, tidy(one)])),
      responses: Object.fromEntries(Array.from(responses.components, ([name, [, response]]) => [name, response])),
    },
  }
}

/** What occurs at least twice, each under a name of its own. */
function sharedBy<T extends Parameter | [string, Response]>(all: readonly T[], nameOf: (one: T) => string) {
  const components = new Map<string, T>()
  const nameOfText = new Map<string, string>()
  for (const [text, alike] of Map.groupBy(all, one => JSON.stringify(one))) {
    const [one] = alike
    if (one === undefined || alike.length === 1) continue
    const name = freeName(nameOf(one), components)
    components.set(name, one)
    nameOfText.set(text, name)
  }
  const refer = (kind: string, one: T): Reference | undefined => {
    const name = nameOfText.get(JSON.stringify(one))
    return name === undefined ? undefined : { $ref: `#/components/${kind}/${name}` }
  }
  return { components, refer }
}

function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`
  return name
}

const places = ['path', 'query', 'header']
const inOrder = (parameters: readonly Parameter[]) =>
  parameters.toSorted((one, other) => places.indexOf(one.in) - places.indexOf(other.in))

const tidy = ({ name, in: place, required, description, schema, ...rest }: Parameter) => ({
  name,
  in: place,
  ...(required && { required }),
  ...(description !== undefined && { description }),
  schema,
  ...rest,
})

/** Puts a reference in place of each schema that has a title; the schema itself goes to `named`. */
function nameSchemas(value: unknown, named: Record<string, object>): unknown {
  if (Array.isArray(value)) return value.map(one => nameSchemas(one, named))
  if (typeof value !== 'object' || value === null) return value
  // A `title` inside of an example is not the name of a schema.
  const inner = Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'example' ? one : nameSchemas(one, named)]),
  ) as Schema
  const { title, ...schema } = inner
  if (typeof title !== 'string') return inner
  const known = named[title]
  if (known && JSON.stringify(known) !== JSON.stringify(schema))
    throw new Error(`two schemas have the title ${title}, and differ`)
  named[title] = schema
  return { $ref: `#/components/schemas/${title}` }
}
