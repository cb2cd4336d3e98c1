import { parse } from 'node:querystring'
import { Refusal } from '../world/refusal.ts'

/**
 * The fields of a submitted form. A browser percent-encodes whatever is outside ASCII, so a replacement character in the text
 * stands for bytes that were not UTF-8. Throws `Refusal` 400: a key with it would be another key.
 */
export function parseForm(text: string): Record<string, unknown> {
  if (text.includes('\uFFFD') || !isDecodable(text))
    throw new Refusal(400, { errorMessages: ['The form is not percent-encoded UTF-8.'] })
  return parse(text, undefined, undefined, { maxKeys: 0 })
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
