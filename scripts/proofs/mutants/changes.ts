import { asNode, type Change, type Node, textOf } from './syntax.ts'

/** What else an operator could be by a slip. */
const otherOperators = new Map<string, readonly string[]>([
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['===', ['!==']],
  ['!==', ['===']],
  ['+', ['-']],
  ['-', ['+']],
  ['*', ['/']],
  ['/', ['*']],
  ['%', ['*']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['??', ['&&']],
  ['+=', ['-=']],
  ['-=', ['+=']],
  ['??=', ['=']],
  ['++', ['--']],
  ['--', ['++']],
])

const otherMethods = new Map<string, string>([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['shift', 'pop'],
  ['indexOf', 'lastIndexOf'],
  ['lastIndexOf', 'indexOf'],
  ['find', 'findLast'],
  ['findLast', 'find'],
])
/** Methods whose result has the form of what they are called on, so that they can be left out. */
const leftOut = new Set(['filter', 'toSorted', 'toReversed', 'slice', 'trim', 'toLowerCase', 'toUpperCase', 'unref'])

type Maker = (node: Node, text: string, parent: Node | undefined) => Change[]

/** The small faults that can be put into one node itself. */
export const changesOf = (node: Node, parent: Node | undefined, text: string): Change[] =>
  makers[node.type]?.(node, text, parent) ?? []

const replace = ({ start, end }: Node, replacement: string): Change => ({ start, end, replacement })

/** Another operator between two operands. */
function operators(node: Node, text: string): Change[] {
  const [left, right] = [asNode(node.left), asNode(node.right)]
  const operator = String(node.operator)
  // Texts are joined with it, too; `a - b` of them would be caught by anything.
  if (
    operator === '+' &&
    [left, right].some(({ type, value }) => type === 'TemplateLiteral' || typeof value === 'string')
  )
    return []
  const start = text.indexOf(operator, left.end)
  return (otherOperators.get(operator) ?? []).map(other => ({
    start,
    end: start + operator.length,
    replacement: other,
  }))
}

/** One of the two operands left out. */
function operands(node: Node, text: string): Change[] {
  const [left, right] = [asNode(node.left), asNode(node.right)]
  return [
    { start: left.end, end: node.end, replacement: '' },
    { start: node.start, end: right.start, replacement: '' },
  ].filter(({ start, end }) => balanced(text.slice(start, end)))
}

const balanced = (text: string) => (text.match(/[([{]/g)?.length ?? 0) === (text.match(/[)\]}]/g)?.length ?? 0)

function negate(node: Node, text: string): Change[] {
  const test = asNode(node.test)
  return [replace(test, `!(${textOf(test, text)})`)]
}

function literal(node: Node, parent: Node | undefined): Change[] {
  if (parent?.type === 'Property' && parent.key === node) return []
  const { value } = node
  if (typeof value === 'boolean') return [replace(node, String(!value))]
  // A large number is most often a time or a size, where one more makes no difference.
  if (typeof value === 'number') return [replace(node, value < 100 ? String(value + 1) : '0')]
  if (typeof value === 'string' && parent?.type !== 'ExpressionStatement') {
    if (value === '') return [replace(node, "'mutant'")]
    // A sentence is for people.
    return /\s/.test(value) ? [] : [replace(node, "''")]
  }
  return pattern(node)
}

/** A regular expression without an anchor. */
function pattern(node: Node): Change[] {
  const { regex } = node as { regex?: { pattern: string } }
  if (!regex) return []
  const end = node.start + 1 + regex.pattern.length
  return [
    ...(regex.pattern.startsWith('^') ? [{ start: node.start + 1, end: node.start + 2, replacement: '' }] : []),
    ...(/[^\\]\$$/.test(regex.pattern) ? [{ start: end - 1, end, replacement: '' }] : []),
  ]
}

/** A property or an element left out, with the comma behind it. */
function members(list: unknown, text: string): Change[] {
  return (list as (Node | null)[]).flatMap(member => {
    if (!member || isSentence(member)) return []
    const comma = /^\s*,/.exec(text.slice(member.end))?.[0].length ?? 0
    return [{ start: member.start, end: member.end + comma, replacement: '' }]
  })
}

const isSentence = (member: Node) => {
  const { type, value } = member.type === 'Property' ? asNode(member.value) : member
  return type === 'TemplateLiteral' || type === 'BinaryExpression' || (typeof value === 'string' && /\s/.test(value))
}

function call(node: Node, text: string): Change[] {
  const callee = asNode(node.callee)
  if (callee.type !== 'MemberExpression' || callee.computed) return []
  const [object, property] = [asNode(callee.object), asNode(callee.property)]
  const name = textOf(property, text)
  const other = otherMethods.get(name)
  return [
    ...(other ? [replace(property, other)] : []),
    ...(leftOut.has(name) ? [{ start: object.end, end: node.end, replacement: '' }] : []),
  ]
}

function statement(node: Node, text: string): Change[] {
  const isSuper = textOf(node, text).startsWith('super(')
  return node.directive || isSuper ? [] : [replace(node, ';')]
}

function returned(node: Node, text: string): Change[] {
  const argument = node.argument ? asNode(node.argument) : undefined
  if (!argument || textOf(argument, text) === 'undefined') return []
  return [replace(argument, 'undefined')]
}

const arrow: Maker = (node, text) => {
  const body = asNode(node.body)
  if (body.type === 'BlockStatement' || textOf(body, text) === 'undefined') return []
  // An object in parentheses begins before its node.
  const start = text.indexOf('=>', asNode(node.body).start - 4) + 2
  return start > 1 && start <= body.start ? [{ start, end: node.end, replacement: ' undefined' }] : []
}

const makers: Record<string, Maker> = {
  BinaryExpression: operators,
  LogicalExpression: (node, text) => [...operators(node, text), ...operands(node, text)],
  AssignmentExpression: operators,
  UpdateExpression: (node, text) => [
    replace(
      node,
      textOf(node, text).replace(/\+\+|--/, operator => otherOperators.get(operator)?.[0] ?? ''),
    ),
  ],
  UnaryExpression: (node, text) => (node.operator === '!' ? [replace(node, textOf(asNode(node.argument), text))] : []),
  AwaitExpression: (node, text) => [replace(node, textOf(asNode(node.argument), text))],
  IfStatement: negate,
  WhileStatement: negate,
  ConditionalExpression: negate,
  ExpressionStatement: statement,
  ThrowStatement: node => [replace(node, ';')],
  ReturnStatement: returned,
  ArrowFunctionExpression: arrow,
  Literal: (node, _text, parent) => literal(node, parent),
  ObjectExpression: (node, text) => members(node.properties, text),
  ArrayExpression: (node, text) => members(node.elements, text),
  CallExpression: call,
}
