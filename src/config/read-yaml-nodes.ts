import { isAlias, isMap, isScalar, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path, PathFault } from './config-faults.ts'
import { fillVariables } from './environment/fill-variables.ts'

// Far more than any configuration needs: protects from aliases that multiply and from endless brackets.
const mostNodes = 200_000
const mostLevels = 32

type Surroundings = {
  env: NodeJS.ProcessEnv
  lineOf: (offset: number) => number
  /** Gives up on the whole file. */
  refuse: (offset: number, fault: { rule: string; hint: string }) => never
}

/** Where the key and the value of a path start in the file. */
type Offsets = { key: number; value: number }

/** The state of one walk over a document. */
type Walk = Surroundings & {
  faults: PathFault[]
  offsets: Map<string, Offsets>
  anchors: Map<string, Node>
  /** The blocks and lists around the current node: an alias to one of them would never end. */
  open: Set<Node>
  count: number
}

/**
 * Turns the nodes of a YAML document into a plain value, fills its variables, and records the position of each path. The
 * library can do the first, but loses the positions.
 */
export function readYamlNodes(contents: Node | null, surroundings: Surroundings) {
  const walk: Walk = { ...surroundings, faults: [], offsets: new Map(), anchors: new Map(), open: new Set(), count: 0 }
  return {
    value: readNode(walk, contents, []),
    faults: walk.faults,
    offsetOf: (path: Path, atKey: boolean) => nearestOffset(walk.offsets, path, atKey),
  }
}

function readNode(walk: Walk, node: Node | null, path: Path): unknown {
  if (node === null) return null
  if (++walk.count > mostNodes) walk.refuse(startOf(node), tooMany)
  if (path.length > mostLevels) walk.refuse(startOf(node), tooDeep)
  if (isAlias(node)) return readAlias(walk, node.source, path)
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node)
  if (isScalar(node)) return typeof node.value === 'string' ? readText(walk, node.value, path) : node.value
  walk.open.add(node)
  const value = isMap(node) ? readMap(walk, node, path) : readList(walk, node as YAMLSeq<Node | null>, path)
  walk.open.delete(node)
  return value
}

function readAlias(walk: Walk, anchor: string, path: Path): unknown {
  const target = walk.anchors.get(anchor)
  if (target && !walk.open.has(target)) return readNode(walk, target, path)
  walk.faults.push({ path, ...(target ? aliasInside : aliasUnknown) })
  return null
}

function readMap(walk: Walk, map: YAMLMap, path: Path): unknown {
  const lines = new Map<string, number>()
  const entries: [string, unknown][] = []
  for (const { key: keyNode, value } of map.items as Pair<Node | null, Node | null>[]) {
    const offset = keyNode ? startOf(keyNode) : startOf(map)
    const key = readKey(keyNode, lines)
    if (typeof key !== 'string') walk.faults.push({ path, offset, ...key })
    else {
      lines.set(key, walk.lineOf(offset))
      const inside = [...path, key]
      walk.offsets.set(pathKey(inside), { key: offset, value: value ? startOf(value) : offset })
      entries.push([key, readNode(walk, value, inside)])
    }
  }
  // Not by assignment: a key `__proto__` must come out as a key.
  return Object.fromEntries(entries)
}

/** A key of a block, or what is wrong with it. `lines` has the line of each key that the block has so far. */
function readKey(node: Node | null, lines: ReadonlyMap<string, number>): string | { rule: string; hint: string } {
  if (!isScalar(node) || typeof node.value !== 'string') return keyNotText
  if (node.value === '<<') return mergeKey
  const first = lines.get(node.value)
  return first === undefined ? node.value : keyTwice(first)
}

function readList(walk: Walk, list: YAMLSeq<Node | null>, path: Path): unknown {
  return list.items.map((item, index) => {
    const inside = [...path, index]
    const offset = startOf(item ?? list)
    walk.offsets.set(pathKey(inside), { key: offset, value: offset })
    return readNode(walk, item, inside)
  })
}

function readText(walk: Walk, written: string, path: Path): string {
  const { text, faults } = fillVariables(written, walk.env)
  const orRemove = typeof path.at(-1) === 'number' ? ' Or remove this item.' : ''
  for (const { rule, hint } of faults) walk.faults.push({ path, rule, hint: hint + orRemove })
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) walk.faults.push({ path, ...controlCharacter })
  return text
}

const startOf = (node: Node) => node.range?.[0] ?? 0
const pathKey = (path: Path) => JSON.stringify(path)

/** The position of a path. For a path that is not in the file, such as a missing key: that of the block around it. */
function nearestOffset(offsets: ReadonlyMap<string, Offsets>, path: Path, atKey: boolean): number {
  const found = offsets.get(pathKey(path))
  if (found) return atKey ? found.key : found.value
  return path.length === 0 ? 0 : nearestOffset(offsets, path.slice(0, -1), false)
}

const tooMany = {
  rule: 'The file has too many values, once its aliases are followed',
  hint: 'Use fewer aliases, or fewer applications.',
}
const tooDeep = { rule: 'This is nested more deeply than any known key', hint: 'Remove the levels around it.' }
const aliasInside = { rule: 'This alias is inside the value that it refers to', hint: 'Write the value out here.' }
const aliasUnknown = {
  rule: 'There is no anchor of this name before this alias',
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
  rule: `The block has this key already, on line ${line}`,
  hint: 'Keep one of the two.',
})
const controlCharacter = {
  rule: 'The text contains a line break, another control character or half a character',
  hint: 'Write it on one line; if it comes from a variable, check the value of the variable.',
}
