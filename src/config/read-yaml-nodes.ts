import { isAlias, isMap, isScalar, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path, PathFault } from './config-faults.ts'
import { fillVariables } from './fill-variables.ts'

// Far beyond any configuration; against aliases that multiply and brackets without end.
const mostNodes = 200_000
const mostLevels = 32

type Surroundings = {
  env: NodeJS.ProcessEnv
  lineOf: (offset: number) => number
  /** Gives the file up: what follows cannot be read. */
  refuse: (offset: number, fault: { rule: string; hint: string }) => never
}

/**
 * Turns the nodes of a YAML document into a plain value, variables filled in, and remembers where each path stands. A walk
 * of our own, because the library's forgets the places.
 */
export function readYamlNodes(contents: Node | null, { env, lineOf, refuse }: Surroundings) {
  const faults: PathFault[] = []
  const offsets = new Map<string, { key: number; value: number }>()
  const anchors = new Map<string, Node>()
  const open = new Set<Node>()
  let count = 0

  function read(node: Node | null, path: Path): unknown {
    if (node === null) return null
    if (++count > mostNodes) refuse(startOf(node), tooMany)
    if (path.length > mostLevels) refuse(startOf(node), tooDeep)
    if (isAlias(node)) return readAlias(node.source, path)
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isScalar(node)) return typeof node.value === 'string' ? readText(node.value, path) : node.value
    open.add(node)
    const value = isMap(node) ? readMap(node, path) : readList(node as YAMLSeq<Node | null>, path)
    open.delete(node)
    return value
  }

  function readAlias(anchor: string, path: Path): unknown {
    const target = anchors.get(anchor)
    if (target && !open.has(target)) return read(target, path)
    faults.push({ path, ...(target ? aliasInside : aliasUnknown) })
    return null
  }

  function readMap(map: YAMLMap, path: Path): unknown {
    const lines = new Map<string, number>()
    const entries: [string, unknown][] = []
    for (const { key: keyNode, value } of map.items as Pair<Node | null, Node | null>[]) {
      const offset = keyNode ? startOf(keyNode) : startOf(map)
      const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : undefined
      const first = key === undefined ? undefined : lines.get(key)
      if (key === undefined) faults.push({ path, offset, ...keyNotText })
      else if (key === '<<') faults.push({ path, offset, ...mergeKey })
      else if (first !== undefined) faults.push({ path, offset, ...keyTwice(first) })
      else {
        lines.set(key, lineOf(offset))
        const inside = [...path, key]
        offsets.set(pathKey(inside), { key: offset, value: value ? startOf(value) : offset })
        entries.push([key, read(value, inside)])
      }
    }
    // Not by assignment: a key `__proto__` must come out as a key.
    return Object.fromEntries(entries)
  }

  function readList(list: YAMLSeq<Node | null>, path: Path): unknown {
    return list.items.map((item, index) => {
      const inside = [...path, index]
      const offset = startOf(item ?? list)
      offsets.set(pathKey(inside), { key: offset, value: offset })
      return read(item, inside)
    })
  }

  function readText(written: string, path: Path): string {
    const { text, faults: unfilled } = fillVariables(written, env)
    const orRemove = typeof path.at(-1) === 'number' ? ' Or remove this item.' : ''
    for (const { rule, hint } of unfilled) faults.push({ path, rule, hint: hint + orRemove })
    if (!text.isWellFormed() || /\p{Cc}/u.test(text)) faults.push({ path, ...controlCharacter })
    return text
  }

  return {
    value: read(contents, []),
    faults,
    offsetOf: (path: Path, atKey: boolean) => nearestOffset(offsets, path, atKey),
  }
}

const startOf = (node: Node) => node.range?.[0] ?? 0
const pathKey = (path: Path) => JSON.stringify(path)

/** Where a path stands; for one that is not in the file (a key that is missing) where the block stands that would hold it. */
function nearestOffset(offsets: Map<string, { key: number; value: number }>, path: Path, atKey: boolean): number {
  const found = offsets.get(pathKey(path))
  if (found) return atKey ? found.key : found.value
  return path.length === 0 ? 0 : nearestOffset(offsets, path.slice(0, -1), false)
}

const tooMany = {
  rule: 'The file has too many values, once its aliases are followed',
  hint: 'Use fewer aliases, or fewer applications.',
}
const tooDeep = { rule: 'This is nested more deeply than any key of the file', hint: 'Take out the levels around it.' }
const aliasInside = { rule: 'This alias stands inside the value that it names', hint: 'Write the value out here.' }
const aliasUnknown = {
  rule: 'No anchor of this name stands before this alias',
  hint: 'Name a value with `&name` before `*name` uses it, or write the value out here.',
}
const keyNotText = {
  rule: 'A key of this block is not plain text',
  hint: 'Write a known key; put a text that starts with `{` or `[` in quotes.',
}
const mergeKey = {
  rule: '`<<` merges nothing here: YAML 1.2 has no merge keys',
  hint: 'Write the keys out, or use an alias (`*name`) for a whole value.',
}
const keyTwice = (line: number) => ({
  rule: `This key stands in the same block already, on line ${line}`,
  hint: 'Keep one of the two.',
})
const controlCharacter = {
  rule: 'The text has a line break, another control character or half a character in it',
  hint: 'Write it on one line; if it comes from a variable, look at what the variable holds.',
}
