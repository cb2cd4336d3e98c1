// Control characters move a terminal's cursor, and marks of the writing direction reorder what is seen.
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u{feff}]/gu

/** A text from outside as it may be shown: characters that steer a terminal as `\u001b`. Inside JSON the value stays. */
export function visible(text: string): string {
  return text.replace(unsafe, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text from outside in at most `most` characters, safe to show. */
export function shown(text: string, most: number): string {
  const characters = Array.from(text)
  return visible(characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text)
}

/** A text from outside as one word of a shell's command line. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=][\w./:@%+=-]*$/.test(text) ? text : `'${visible(text).replaceAll("'", "'\\''")}'`
}

/** `1 row`, `1,000 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** Rows under their headings, in columns as wide as their longest cell; cells are shown safely. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows.map(row => row.map(visible))]
  const widths = headings.map((_, column) => Math.max(...lines.map(line => Array.from(line[column] ?? '').length)))
  return lines
    .map(line =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
