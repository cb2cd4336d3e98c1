// What a semicolon does not end, by the rules of PostgreSQL's own lexer ("Lexical Structure" in its manual). The order counts:
// E'…' escapes by a backslash, an ordinary text does not; $1 begins no dollar quote.
const pieces = [
  /(?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|\\.|'')*'/,
  /'(?:[^']|'')*'/,
  /"(?:[^"]|"")*"/,
  /(?<![A-Za-z0-9_\u0080-\uffff$])(\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$).*?\1/,
  /--[^\n]*/,
]
const piece = new RegExp(pieces.map(({ source }) => source).join('|'), 'sy')
/** What begins a text, a name or a function, if none of them ends. */
const opening = /['"]|(?<![A-Za-z0-9_\u0080-\uffff$])\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y

/**
 * The statements of a script, one by one and without their semicolons: Citus runs no two of them in one message. Text, names,
 * functions and comments stay as they are. Throws an Error if one of these has no end.
 */
export function splitStatements(script: string): string[] {
  const statements: string[] = []
  let start = 0
  let holdsCode = false
  const cut = (end: number) => {
    if (holdsCode) statements.push(script.slice(start, end).trim())
    start = end + 1
    holdsCode = false
  }
  for (let at = 0; at < script.length; ) {
    const end = endOfPiece(script, at)
    const char = script[at] as string
    if (char === ';' && end === at + 1) cut(at)
    else if (!/\s/.test(char) && !isComment(script, at)) holdsCode = true
    at = end
  }
  cut(script.length)
  return statements
}

const isComment = (script: string, at: number) => script.startsWith('--', at) || script.startsWith('/*', at)

/** Where the piece ends that begins here: a text, a comment, or a single character. */
function endOfPiece(script: string, at: number): number {
  if (script.startsWith('/*', at)) return endOfComment(script, at)
  piece.lastIndex = at
  if (piece.test(script)) return piece.lastIndex
  opening.lastIndex = at
  const [opened] = opening.exec(script) ?? []
  if (opened !== undefined) throw new Error(`${opened} at character ${at + 1} has no end`)
  return at + 1
}

/** Comments of this kind hold others. */
function endOfComment(script: string, start: number): number {
  const marks = /\/\*|\*\//g
  marks.lastIndex = start
  let depth = 0
  for (let mark = marks.exec(script); mark !== null; mark = marks.exec(script)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  throw new Error(`/* at character ${start + 1} has no end`)
}
