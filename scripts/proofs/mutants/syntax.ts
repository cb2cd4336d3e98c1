/** A node of the syntax tree that oxc-parser gives. `start` and `end` are places in the text. */
export type Node = { type: string; start: number; end: number; [name: string]: unknown }

/** A small fault: `replacement` stands for the text from `start` to `end`. */
export type Change = { start: number; end: number; replacement: string }

/** The parser's own types name each kind of node; here one shape is enough. */
export const asNode = (value: unknown): Node => value as Node

export const textOf = (node: Node, text: string): string => text.slice(node.start, node.end)
