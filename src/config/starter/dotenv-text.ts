import { parseEnv } from 'node:util'

/** One variable of a `.env` file, with the comment above it. */
export type DotenvEntry = { name: string; value: string; comment: string }

/**
 * The text of a `.env` file, from which Node reads back exactly these values. Undefined if there is no way to write one of them:
 * the format has three kinds of quotes and no escape.
 */
export function dotenvText(head: string, entries: readonly DotenvEntry[]): string | undefined {
  const lines = entries.map(({ name, value, comment }) => {
    const written = writtenValue(value)
    return written === undefined ? undefined : `# ${comment}\n${name}=${written}\n`
  })
  return lines.includes(undefined) ? undefined : `${comments(head)}\n${lines.join('\n')}`
}

/** A value as it stands behind `=`. The reader itself decides which kind of quotes keeps it whole. */
function writtenValue(value: string): string | undefined {
  const bare = /^[\w./:@%+=,~-]*$/.test(value) ? [value] : []
  // Single quotes first: other programs that read such files put variables into the other kinds. Without quotes last: others take
  // more for a part of the syntax.
  const written = [...bare, `'${value}'`, `"${value}"`, `\`${value}\``, value]
  return written.find(one => {
    const read = parseEnv(`A=${one}\nB=b\n`)
    return read.A === value && read.B === 'b' && Object.keys(read).length === 2
  })
}

const comments = (text: string) =>
  text
    .split('\n')
    .map(line => `# ${line}\n`)
    .join('')
