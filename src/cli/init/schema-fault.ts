import { checkSchema } from '../../config/check-schema.ts'
import { configSchema } from '../../config/schema.ts'

const application = configSchema.properties.applications.items.properties
const schemas = { ...application, publicUrl: configSchema.properties.publicUrl }

/** What is wrong with a text as the value of a key of the file, by the rule of the file itself. */
export const faultAs =
  (key: 'publicUrl' | 'id' | 'path' | 'name' | 'frontUrl' | 'responsible') =>
  (text: string): { rule: string; hint: string } | undefined => {
    const [fault] = checkSchema({ type: 'object', properties: { [key]: schemas[key] } }, { [key]: text })
    return fault && { rule: fault.rule, hint: fault.hint }
  }
