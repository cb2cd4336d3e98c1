import { type Document, isMap, parseDocument } from 'yaml'
import type { ObjectSourceConfig } from '../schema.ts'
import type { Example } from './example.ts'

/** What the owner says of the application; `tokenVariable` holds the token that Tracker presents. */
export type StarterWords = {
  publicUrl: string
  id: string
  path: string
  name: string
  frontUrl: string
  responsible: string
  tokenVariable: string
}

/** What the owner says of a system that there is an example of. `header` takes the place of the example's credentials. */
export type SystemWords = {
  /** Its address, without a slash at its end; it may have a path. */
  address: string
  /** Texts of the example and what stands in their place, such as the name of an organization. */
  replaced: Readonly<Record<string, string>>
  authorization?: string
  privateHosts: readonly string[]
}

/** A text of the owner's, as it is written where `${NAME}` means a variable. */
export const literal = (text: string): string => text.replaceAll('${', () => '$${')

/** `objects` of an example, with the owner's system in the place of the example's. The text of a file that is not whole yet. */
export function textFromExample(example: Example, words: StarterWords, system: SystemWords): string {
  const document = parseDocument(example.text)
  const objects = [...application, 'objects']
  const url = [...objects, 'url']
  document.setIn(url, literal(ownAddress(String(document.getIn(url)), example, system)))
  if (system.authorization !== undefined) document.setIn([...objects, 'headers', 'Authorization'], system.authorization)
  // The people of the example are nobody here.
  document.deleteIn([...objects, 'people'])
  return finish(document, words, system.privateHosts)
}

/** The template of an object's page in the owner's system. */
export function frontUrlOf(example: Example, system: SystemWords): string {
  return ownAddress(String(parseDocument(example.text).getIn([...application, 'frontUrl'])), example, system)
}

/** The text of a file whose objects are described by the owner. */
export function textOfObjects(
  objects: ObjectSourceConfig,
  words: StarterWords,
  privateHosts: readonly string[] = [],
): string {
  const authorization = { kind: 'token', tokens: [] }
  const document: Document = parseDocument('{}')
  document.contents = document.createNode({
    publicUrl: '',
    applications: [{ id: '', name: '', frontUrl: '', responsible: '', authorization, objects }],
  })
  return finish(document, words, privateHosts)
}

const application = ['applications', 0]

/** An address of the example, in the owner's system. An API on a host of its own is below `/api/v3` on any other server. */
function ownAddress(address: string, example: Example, { address: own, replaced }: SystemWords): string {
  const { origin } = new URL(address.replaceAll(/[{}]/g, ''))
  const base = origin === example.address ? own : own === example.address ? origin : `${own}/api/v3`
  return Object.entries(replaced).reduce(
    (text, [before, after]) => text.replaceAll(before, () => after),
    `${base}${address.slice(origin.length)}`,
  )
}

function finish(document: Document, words: StarterWords, privateHosts: readonly string[]): string {
  const { publicUrl, id, path, name, frontUrl, responsible, tokenVariable } = words
  const set = (keys: readonly (string | number)[], value: unknown) => document.setIn(keys, value)
  set(['publicUrl'], literal(publicUrl))
  for (const [key, value] of Object.entries({ id, name, frontUrl, responsible }))
    set([...application, key], literal(value))
  set([...application, 'authorization', 'tokens'], document.createNode([`\${${tokenVariable}}`], { flow: true }))
  if (privateHosts.length > 0)
    set([...application, 'objects', 'privateHosts'], document.createNode(privateHosts, { flow: true }))
  const entry = document.getIn(application, true)
  if (path !== id && isMap(entry)) entry.items.splice(1, 0, document.createPair('path', path))
  comment(document, ['publicUrl'], ' Where Tracker reaches this server: a public HTTPS address before you register.')
  comment(document, [...application, 'authorization'], ' Tracker presents this token, which is in .env.')
  return document.toString({ lineWidth: 0 })
}

/** Writes a comment above a key. */
function comment(document: Document, keys: readonly (string | number)[], text: string): void {
  const block = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true)
  if (!isMap(block)) return
  const pair = block.items.find(({ key }) => String(key) === keys.at(-1))
  const key = pair?.key as { commentBefore?: string } | undefined
  if (key) key.commentBefore = text
}

/** A file from its contents: the line for editors, and where to read on. */
export function wholeFile(contents: string, { schema, command }: { schema: string; command: string }): string {
  return [
    `# yaml-language-server: $schema=${schema}`,
    `# Made by \`${command}\`. docs/configuration.md tells every key; \${NAME} is a variable of the environment or of .env,`,
    '# which is beside this file. `people` says who the assignees are in Tracker (docs/objects.md); without it none is shown.',
    contents,
  ].join('\n')
}
