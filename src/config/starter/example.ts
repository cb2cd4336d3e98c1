import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { ConfigFile } from '../schema.ts'
import { readyMadeMappings } from '../schemas/card-making-schema.ts'

/** A folder of `examples/`, which the published package has as well: the one source of a ready-made configuration. */
export type Example = {
  name: string
  /** The configuration, without the line for editors, whose path is another one elsewhere. */
  text: string
  /** Name of the system, such as `GitLab`. */
  system: string
  /** Address of the system in the example, which the owner's own takes the place of. */
  address: string
  /** The variable that holds the token for the system. */
  variable: string
  /** The form of a key, as a regular expression. */
  keyPattern: string
  /** What its README says about the form of a key, and about the token. */
  keyNote: string
  tokenNote: string
}

const folder = new URL('../../../examples/', import.meta.url)

/** The systems that there are examples of, in the order of the ready-made mappings. */
export const exampleSystems: readonly string[] = [...new Set(readyMadeMappings.map(name => systemOf(name)))]

/** What there are examples of in a system: `merge-request`, `issue`. */
export const objectsOf = (system: string): string[] =>
  readyMadeMappings.filter(name => systemOf(name) === system).map(name => name.slice(system.length + 1))

export function readExample(name: string): Example {
  const [written, page] = ['tracker-links.yaml', 'README.md'].map(file =>
    readFileSync(new URL(`${name}/${file}`, folder), 'utf8'),
  ) as [string, string]
  const text = written.replace(/^# yaml-language-server:.*\n/, '')
  const [application] = (parse(text) as ConfigFile).applications
  if (application?.objects?.source !== 'http') throw new Error(`the example ${name} has no HTTP API`)
  const variable = /\$\{(\w+)\}/.exec(Object.values(application.objects.headers ?? {}).join(' '))?.[1]
  if (variable === undefined) throw new Error(`the example ${name} names no variable for its token`)
  const address = new URL(application.frontUrl).origin
  const notes = { keyNote: noteOf(page, 'Key'), tokenNote: noteOf(page, 'Token').replace(`${variable}, `, '') }
  const { keyPattern = '.*' } = application.objects
  return { name, text, system: application.name, address, variable, keyPattern, ...notes }
}

function systemOf(name: string): string {
  return name.slice(0, name.indexOf('-'))
}

/** One point of an example's page, as one line without the marks of Markdown. */
function noteOf(page: string, about: string): string {
  const [, note = ''] = new RegExp(`^- ${about}: ([\\s\\S]*?)(?=\\n- |\\n*$(?![\\s\\S]))`, 'm').exec(page) ?? []
  return note.replaceAll('`', '').replaceAll(/\s+/g, ' ').trim()
}
