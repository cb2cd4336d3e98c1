import { invalidInput } from '../../errors/problem.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyMaxLength, remoteKeyRule } from '../../tracker-contract/remote-key.ts'

const keyHint = `Send each key as a string: ${remoteKeyRule}.`

/** Keys of objects in a body. */
export const remoteKeysSchema = {
  type: 'array',
  description: 'Send an array of 1 to 1,000 object keys.',
  minItems: 1,
  maxItems: 1_000,
  items: { type: 'string', minLength: 1, maxLength: remoteKeyMaxLength, description: keyHint },
} as const

/** The keys in `remoteKeys` of a body, each exactly as it is. Throws Problem `body-invalid`. */
export function toRemoteKeys(texts: readonly string[]): RemoteKey[] {
  return texts.map((text, index) => {
    const key = parseRemoteKey(text)
    if (key !== undefined) return key
    const field = `remoteKeys/${index}`
    const fault = { field, rule: `must be ${remoteKeyRule}`, hint: keyHint }
    throw invalidInput('body-invalid', [fault], `${field} is not a key.`)
  })
}
