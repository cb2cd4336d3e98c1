import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TokenForm } from '../../application-calls/calls.ts'
import type { Target } from '../../checks/kit/kit.ts'
import { readSheet } from '../../registration/read-sheet.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { chosenApplication, readProgram } from '../open-program.ts'
import { registerApplications } from '../sandbox/register-applications.ts'
import { visible } from '../terminal-text.ts'

type Sheet = Target['application'] & { defaultIconUrl?: string }

const fields = { entityInfo: 'entityInfoUrl', createLink: 'createLinkUrl', removeLink: 'removeLinkUrl' } as const

/** What the command line says is to be tested. Throws CommandRefusal, ConfigFaults. */
export async function readTarget(input: CommandInput, context: CliContext): Promise<Target> {
  const named = namedSheet(input, context)
  const options = Object.fromEntries(
    Object.entries(fields).flatMap(([option, field]) => {
      const value = input.options[option]
      return typeof value === 'string' ? [[field, value]] : []
    }),
  )
  const { defaultIconUrl, ...sheet }: Sheet = { id: 'application', ...named, ...options }
  const oauthToken = readToken(input, context) ?? sheet.oauthToken
  const tokenForm = readTokenForm(input) ?? sheet.tokenForm
  const application = { ...at(input, sheet), ...(oauthToken && { oauthToken }), ...(tokenForm && { tokenForm }) }
  refuseFaults(application)
  return { application, objects: input.lists.object ?? [], ...(defaultIconUrl !== undefined && { defaultIconUrl }) }
}

/** What the argument or `--application` names; nothing if templates come as options. */
function namedSheet(input: CommandInput, context: CliContext): Partial<Sheet> {
  const [named] = input.arguments
  if (input.options.application !== undefined) {
    const program = readProgram(input, context)
    const { id } = chosenApplication(input, program)
    const registered = registerApplications(program.config, program.config.publicUrl, address => address)
    return registered.find(application => application.id === id) ?? {}
  }
  if (named === undefined) return {}
  if (/^https?:\/\//i.test(named)) return sheetOfAddress(named)
  const file = resolve(context.directory, named)
  if (!existsSync(file)) throw new CommandRefusal(`There is no sheet ${visible(named)}, and it is no address.`)
  try {
    return readSheet(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new CommandRefusal(`${visible(named)} cannot be read as a registration sheet: ${(error as Error).message}.`)
  }
}

/** A template of the card, or the address below which this project's default addresses are. */
function sheetOfAddress(address: string): Partial<Sheet> {
  if (address.includes('{{')) return { entityInfoUrl: address }
  const base = address.replace(/\/+$/, '')
  return {
    entityInfoUrl: `${base}/objects/{{remoteKey}}`,
    createLinkUrl: `${base}/links`,
    removeLinkUrl: `${base}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
  }
}

/** From a file, or from a variable: an argument can be seen by every user of the machine. */
function readToken({ options: { tokenFile } }: CommandInput, { env, directory }: CliContext): string | undefined {
  if (typeof tokenFile !== 'string') return env.CHECK_TOKEN || undefined
  const file = resolve(directory, tokenFile)
  if (!existsSync(file)) throw new CommandRefusal(`There is no file ${visible(tokenFile)}.`)
  return readFileSync(file, 'utf8').trim()
}

function readTokenForm({ options: { header, scheme } }: CommandInput): TokenForm | undefined {
  if (header === undefined && scheme === undefined) return undefined
  return { header: String(header ?? 'Authorization'), scheme: String(scheme ?? 'OAuth') }
}

/** The same templates at the scheme, host and port of `--at`. */
function at({ options }: CommandInput, sheet: Omit<Sheet, 'defaultIconUrl'>): Target['application'] {
  if (options.at === undefined) return sheet
  const url = URL.parse(String(options.at))
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw new CommandRefusal('--at takes a scheme, a host and a port, such as http://127.0.0.1:8080.')
  const moved = Object.values(fields).flatMap(field => {
    const template = sheet[field]
    return template === undefined ? [] : [[field, template.replace(/^https?:\/\/[^/?#]+/i, url.origin)]]
  })
  return { ...sheet, ...Object.fromEntries(moved) }
}

function refuseFaults({ entityInfoUrl, createLinkUrl, removeLinkUrl }: Target['application']): void {
  const named = { entityInfoUrl, createLinkUrl, removeLinkUrl }
  const wanted = { entityInfoUrl: ['remoteKey'], createLinkUrl: [], removeLinkUrl: ['issueKey', 'remoteKey'] }
  const faults = Object.entries(named).flatMap(([field, template]) => {
    if (template === undefined || template === '') return []
    if (!/^https?:\/\/[^/?#\s{]+/i.test(template))
      return [{ field, rule: 'is no address', hint: 'Start it with https:// and the name of a host.' }]
    return wanted[field as keyof typeof wanted]
      .filter(name => !template.includes(`{{${name}}}`))
      .map(name => ({ field, rule: `does not hold {{${name}}}`, hint: 'Tracker puts the key there.' }))
  })
  if (faults.length > 0) throw new CommandRefusal('The templates cannot be called:', faults)
  if (!Object.values(named).some(Boolean))
    throw new CommandRefusal(
      'Say what to test: a registration sheet, an address, --entity-info, --create-link and --remove-link, or --application.',
    )
}
