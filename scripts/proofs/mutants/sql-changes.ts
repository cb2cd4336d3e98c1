import { asNode, type Change, type Node, textOf } from './syntax.ts'

/** What a slip in a statement looks like: a word left out, another one, or a bound moved by one. */
const slips: readonly [RegExp, string][] = [
  [/ COLLATE "C"/g, ''],
  [/ DESC\b/g, ''],
  [/\bNOT /g, ''],
  [/ FOR UPDATE\b/g, ''],
  [/\bDISTINCT\b/g, ''],
  [/ AND /g, ' OR '],
  [/ OR /g, ' AND '],
  [/ >= /g, ' > '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ < /g, ' <= '],
  [/ = /g, ' <> '],
  [/ ORDER BY [^\n)`]*/g, ''],
  [/ LIMIT \d+/g, ''],
  [/ ON CONFLICT DO NOTHING/g, ''],
  [/ WHERE false/g, ''],
  [/ SKIP LOCKED/g, ''],
]

/** Small faults in the fixed text of an SQL statement. */
export function sqlChangesOf(node: Node, text: string): Change[] {
  if (!isStatement(node, text)) return []
  const quasi = node.type === 'TaggedTemplateExpression' ? asNode(node.quasi) : node
  return (quasi.quasis as Node[]).flatMap(({ start, end }) => {
    const piece = text.slice(start, end)
    const comments = [...piece.matchAll(/--.*|\/\*.*?\*\//g)].map(({ index, 0: found }) => [
      index,
      index + found.length,
    ])
    return slips.flatMap(([slip, replacement]) =>
      [...piece.matchAll(slip)]
        .filter(({ index }) => !comments.some(([from = 0, to = 0]) => from <= index && index < to))
        .map(({ index, 0: found }) => ({ start: start + index, end: start + index + found.length, replacement })),
    )
  })
}

const isStatement = (node: Node, text: string) =>
  node.type === 'TaggedTemplateExpression' && /\$(query|execute)Raw|\bsql$/i.test(textOf(asNode(node.tag), text))
