import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'

/** A function of a file, with the lines from its first word to its closing bracket. */
export type MeasuredFunction = { file: string; name: string; lines: number }

type Node = { type: string; start: number; end: number; [key: string]: unknown }

/** Every function, method and arrow function of a file; those inside others count for themselves, too. */
export function functionsOf(root: string, file: string): MeasuredFunction[] {
  const text = readFileSync(join(root, file), 'utf8')
  return functionsIn(file, text)
}

export function functionsIn(file: string, text: string): MeasuredFunction[] {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const found: MeasuredFunction[] = []
  walk(program as unknown as Node, undefined, (node, parent) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return
    found.push({ file, name: nameOf(node, parent), lines: text.slice(node.start, node.end).split('\n').length })
  })
  return found
}

function walk(node: Node, parent: Node | undefined, see: (node: Node, parent: Node | undefined) => void): void {
  see(node, parent)
  for (const key of visitorKeys[node.type] ?? []) {
    const inside = node[key] as Node | Node[] | null | undefined
    for (const child of Array.isArray(inside) ? inside : [inside]) if (child) walk(child, node, see)
  }
}

/** The function's own name, or that of the variable or the property that holds it. */
function nameOf(node: Node, parent: Node | undefined): string {
  const named = (node.id ?? parent?.id ?? parent?.key) as { name?: string; value?: string | number } | null | undefined
  return String(named?.name ?? named?.value ?? 'without a name')
}

export function medianLines(functions: readonly MeasuredFunction[]): number {
  const lines = functions.map(({ lines }) => lines).toSorted((one, other) => one - other)
  return lines[Math.floor(lines.length / 2)] ?? 0
}
