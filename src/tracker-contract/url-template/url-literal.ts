/** Literal text of a URL template. An address may hold each of its characters raw or percent-encoded, in either hex case. */
export type Literal = {
  /** The text as the template has it: how Tracker most probably sends it. */
  written: string
  /** The text decoded; in a query with a space for each `+`, because the two are the same there. */
  text: string
  characters: readonly Character[]
  /** Whether any other spelling of it has an escape. */
  isPlain: boolean
  /** Length of its longest spelling in an address. */
  longest: number
}

/** `codes` are the first UTF-16 units of its raw spellings, all as long as `raw`; `escapes` are in capitals. */
type Character = { raw: string; codes: readonly number[]; escapes: readonly string[] }

const percent = 0x25

/** `written` is well-formed: each `%` begins an escape, and the escapes are UTF-8 (else URIError). */
export function compileLiteral(written: string, place: 'path' | 'query'): Literal {
  const decoded = decodeURIComponent(written)
  const text = place === 'query' ? decoded.replaceAll('+', ' ') : decoded
  const characters = Array.from(text, (raw): Character => {
    const spellings = raw === ' ' && place === 'query' ? [' ', '+'] : [raw]
    // A raw `%` begins an escape.
    const codes = spellings.map(one => one.charCodeAt(0)).filter(code => code !== percent)
    return { raw, codes, escapes: spellings.map(escapeEveryByte) }
  })
  const isPlain = written === text && characters.every(({ codes }) => codes.length === 1)
  return { written, text, characters, isPlain, longest: escapeEveryByte(text).length }
}

/** Percent-encodes every byte of a text, letters too. */
export function escapeEveryByte(text: string): string {
  return Array.from(Buffer.from(text), byte => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
}

/** The end of the literal that starts at `from`; -1 if it is not there. */
export function afterLiteral({ written, characters, isPlain }: Literal, address: string, from: number): number {
  const first = characters[0]
  if (first !== undefined && lengthAt(first, address, from) === 0) return -1
  if (address.startsWith(written, from)) return from + written.length
  if (isPlain && !address.slice(from, from + written.length).includes('%')) return -1
  let at = from
  for (const character of characters) {
    const length = lengthAt(character, address, at)
    if (length === 0) return -1
    at += length
  }
  return at
}

/** The start of the literal that ends at `to`; -1 if it is not there. */
export function beforeLiteral({ written, characters }: Literal, address: string, to: number): number {
  if (address.endsWith(written, to)) return to - written.length
  let at = to
  for (const character of characters.toReversed()) {
    const spelling = [...character.escapes, character.raw].find(
      ({ length }) => lengthAt(character, address, at - length) === length,
    )
    if (spelling === undefined) return -1
    at -= spelling.length
  }
  return at
}

/** The length of the spelling of a character at `at`; 0 if it is not there. */
function lengthAt({ raw, codes, escapes }: Character, address: string, at: number): number {
  const code = address.charCodeAt(at)
  if (code === percent) {
    // Only an escape may differ in case: %d0 equals %D0, but `a` is not `A`.
    const found = escapes.find(one => address.slice(at, at + one.length).toUpperCase() === one)
    if (found !== undefined) return found.length
  }
  return codes.includes(code) && (raw.length === 1 || address.startsWith(raw, at)) ? raw.length : 0
}
