import { newApiKey, type Scope, scopes } from '../../management-api/api-key.ts'
import { keyJson } from '../../management-api/keys/key-json.ts'
import { nameRule, parseExpiry } from '../../management-api/keys/key-rules.ts'
import { createApiKey } from '../../storage/keys/api-keys.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { type CliCommand, type CommandInput, CommandRefusal, print } from '../command.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import { visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'

export const keysCreate: CliCommand = {
  name: 'keys create',
  summary: 'make an API key for the management API, and print it this once',
  options: [
    { flags: '--name <name>', summary: 'whose key it is; the history of links names it' },
    { flags: '--scope <scopes>', summary: `what it may do, separated by commas: ${scopes.join(', ')}` },
    { flags: '--application <ids>', summary: 'limit it to these applications, separated by commas (default: all)' },
    { flags: '--expires <when>', summary: 'days from now, or a date such as 2027-01-31 (default: never)' },
    configOption,
  ],
  details: `
The key is the only thing on standard output, so that it can be put where it belongs: only its hash is stored, and nobody
can show it again. \`admin\` may do everything, API keys included; without any scope a key only lists its applications.`,
  examples: [
    'keys create --name crm-sync --scope objects:write,links:read --application crm',
    'keys create --name operator --scope admin --expires 90',
  ],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const wish = readWish(input, program)
    const { id, key, hash } = newApiKey()
    const change = { operation: 'keys create', about: { name: wish.name, keyId: id } }
    const work = async (storage: Storage) => {
      const stored = await createApiKey(storage.prisma, { id, hash, ...wish })
      print(input, context, key, { key, ...keyJson(stored) })
      const limits = [
        wish.applications.length > 0 ? `for ${wish.applications.join(', ')}` : 'for all applications',
        wish.expiresAt ? `until ${wish.expiresAt.toISOString()}` : 'for ever',
      ]
      context.stderr.write(
        `${visible(wish.name)} may do ${wish.scopes.join(', ')} ${limits.join(', ')}. The key is not shown again; its id is ${id}.\n`,
      )
      return 0
    }
    return withStorage(program, context, work, { change })
  },
}

function readWish(input: CommandInput, { config }: Program) {
  const { name, scope, application, expires } = input.options
  const rule = nameRule(typeof name === 'string' ? name : '')
  if (typeof name !== 'string' || rule !== undefined) throw new CommandRefusal(`Name the key with --name: it ${rule}.`)
  const wanted = parts(scope)
  const unknown = wanted.find(one => !isScope(one))
  if (unknown !== undefined || wanted.length === 0)
    throw new CommandRefusal(
      `${unknown === undefined ? 'Say what the key may do' : `There is no scope ${visible(unknown)}`}: --scope takes ${scopes.join(', ')}.`,
    )
  const applications = parts(application)
  const configured = config.applications.map(({ id }) => id)
  const foreign = applications.find(id => !configured.includes(id))
  if (foreign !== undefined || (typeof application === 'string' && applications.length === 0))
    throw new CommandRefusal(
      `There is no application ${visible(foreign ?? '')}; the configuration has ${configured.join(', ')}.`,
    )
  const expiresAt = typeof expires === 'string' ? readExpiry(expires) : undefined
  return { name, scopes: wanted.filter(isScope), applications, ...(expiresAt && { expiresAt }) }
}

const isScope = (text: string): text is Scope => scopes.some(scope => scope === text)

/** The parts of a list with commas, each once. */
const parts = (list: string | boolean | undefined): string[] =>
  typeof list === 'string' ? [...new Set(list.split(',').map(part => part.trim()))].filter(part => part !== '') : []

const day = 24 * 60 * 60_000

function readExpiry(text: string): Date {
  const days = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
  const expiry = days === undefined ? parseExpiry(date) : new Date(Date.now() + days * day)
  if (expiry) return expiry
  throw new CommandRefusal(
    `--expires takes days from now (90) or a date to come (2027-01-31, in UTC, or with a time: 2027-01-31T18:00:00+03:00); this is ${visible(text)}.`,
  )
}
