import { readJson as readDigits } from '../../values/json-digits.ts'
import { SourceFailure } from '../object-source.ts'

/**
 * The value of a JSON text. A whole number that JavaScript cannot hold becomes the text of its digits: ids may have 64 bits.
 * Throws SourceFailure `answer-invalid`.
 */
export function readJson(text: string): unknown {
  try {
    return readDigits(text, 'beyondSafe')
  } catch {
    // Not as a cause: a SyntaxError quotes the text.
    const isPage = /^\s*<(!doctype|html|\?xml)/i.test(text)
    throw new SourceFailure(
      'answer-invalid',
      `the answer is not JSON${isPage ? ' but HTML or XML, such as a page to log in' : ''}`,
    )
  }
}
