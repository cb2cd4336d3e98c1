/** A query with positional parameters, and the part of a key that each of them stands for. */
export type BoundQuery = { text: string; names: readonly string[] }

/** What is no code in SQL: texts, quoted names, dollar quotes, comments. */
const quoted = [
  String.raw`\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'`,
  `'(?:[^']|'')*'`,
  `"(?:[^"]|"")*"`,
  String.raw`\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?\$\k<tag>\$`,
  String.raw`--[^\n]*`,
  String.raw`/\*[\s\S]*?\*/`,
].join('|')
const piece = new RegExp(String.raw`(?<quoted>${quoted})|\{\{(?<name>[A-Za-z]\w*)\}\}|(?<![\w$])\$(?<number>\d+)`, 'g')

type Piece = { quoted?: string; name?: string; number?: string }

const piecesOf = (query: string): Piece[] => [...query.matchAll(piece)].map(({ groups }) => groups as Piece)

/** The placeholders of a query, those that stand in quotes or comments apart, and the numbers of its parameters. */
export function readQuery(query: string) {
  const pieces = piecesOf(query)
  return {
    names: pieces.flatMap(({ name }) => name ?? []),
    numbers: pieces.flatMap(({ number }) => (number === undefined ? [] : Number(number))),
    quoted: pieces.flatMap(one => one.quoted ?? []),
  }
}

/**
 * Gives each placeholder a parameter: its value is sent beside the query and is never a part of its text. `$1`, written by the
 * owner, is the key.
 */
export function bindQuery(query: string): BoundQuery {
  const names = readQuery(query).numbers.includes(1) ? ['remoteKey'] : []
  const text = query.replace(piece, (whole: string, ...rest: unknown[]) => {
    const { name } = rest.at(-1) as Piece
    if (name === undefined) return whole
    if (!names.includes(name)) names.push(name)
    // The blanks keep it apart from letters and digits beside it.
    return ` $${names.indexOf(name) + 1} `
  })
  return { text, names }
}
