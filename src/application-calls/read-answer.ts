import { exactNumber, parseExactly } from './exact-json.ts'

/** A body read as JSON, or the reason why it cannot be, in words. Numbers are `ExactNumber`. */
export function readJson(bytes: Uint8Array): { value: unknown } | { fault: string } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { fault: 'is not UTF-8' }
  }
  if (text.startsWith('\uFEFF')) return { fault: 'starts with a byte order mark' }
  if (text.trim() === '') return { fault: 'is empty' }
  try {
    return { value: parseExactly(text, exactNumber) }
  } catch (error) {
    return { fault: `is not JSON (${(error as Error).message})` }
  }
}
