import { asEscape, steering } from '../values/shell-word.ts'

/** A text from outside as it may be shown: characters that steer a terminal as `\u001b`. Inside JSON the value stays. */
export const visible = (text: string): string => text.replace(steering, asEscape)

/** A text from outside in at most `most` characters, safe to show. */
export function shown(text: string, most: number): string {
  const characters = Array.from(text)
  return visible(characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text)
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
