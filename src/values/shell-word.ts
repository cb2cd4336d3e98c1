// Control characters move a terminal's cursor, and marks of the writing direction reorder what is seen.
export const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u{feff}]/gu

/** A character that steers a terminal, as `\u001b`. */
export const asEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The same as the last argument of a command of ours: what begins with a hyphen is taken for an option without `--`. */
export const lastArgument = (text: string): string => (text.startsWith('-') ? '-- ' : '') + shellWord(text)

/** A text from outside as one word of a shell's command line. What steers a terminal is written as bash and zsh read it: `$'\u001b'`. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=][\w./:@%+=-]*$/.test(text)) return text
  const escaped = text.replaceAll(/[\\']/g, String.raw`\$&`).replace(steering, asEscape)
  return steers(text) ? `$'${escaped}'` : `'${text.replaceAll("'", "'\\''")}'`
}

const steers = (text: string) => text.search(steering) >= 0
