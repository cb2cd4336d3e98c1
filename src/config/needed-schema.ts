type Schema = { readonly [keyword: string]: unknown }

const isBlock = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What a schema says about these values, and nothing about what they do not have: they fit it if they fit the schema. Most files
 * use few of all keys, and compiling the schemas of the others takes longer than everything else that is done with a file.
 */
export function neededSchema(schema: Schema, values: readonly unknown[]): Schema {
  const { properties, items, oneOf, anyOf } = schema
  return {
    ...schema,
    ...(isBlock(properties) && { properties: neededProperties(properties, values.filter(isBlock)) }),
    ...(isBlock(items) && { items: neededSchema(items, values.filter(Array.isArray).flat()) }),
    ...(Array.isArray(oneOf) && { oneOf: oneOf.map(form => neededForm(form, values)) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(form => neededForm(form, values)) }),
  }
}

function neededProperties(properties: Schema, blocks: readonly Schema[]): Schema {
  const needed = Object.entries(properties).map(([name, schema]) => {
    const values = blocks.filter(block => Object.hasOwn(block, name)).map(block => block[name])
    // A constant tells one form of a block from the others.
    if (!isBlock(schema) || Object.hasOwn(schema, 'const')) return [name, schema]
    return [name, values.length === 0 ? {} : neededSchema(schema, values)]
  })
  return Object.fromEntries(needed)
}

/** One of several forms: a value with another constant has another form, whatever else this one says. */
function neededForm(form: Schema, values: readonly unknown[]): Schema {
  const constants = Object.entries(isBlock(form.properties) ? form.properties : {}).flatMap(([name, schema]) =>
    isBlock(schema) && Object.hasOwn(schema, 'const') ? [[name, schema.const] as const] : [],
  )
  const mayHaveIt = (value: unknown) =>
    !isBlock(value) || constants.every(([name, constant]) => !Object.hasOwn(value, name) || value[name] === constant)
  return neededSchema(form, values.filter(mayHaveIt))
}
