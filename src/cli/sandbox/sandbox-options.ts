import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readVariable } from '../../config/environment/fill-variables.ts'
import type { Config, SandboxConfig } from '../../config/schema.ts'
import { loginPattern, sandboxRoles } from '../../config/schemas/sandbox-schema.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'

export const sandboxOptions = [
  {
    flags: '--token <login=token>',
    summary: 'token that its API accepts, whose it is, and its roles: links-robot:robot=@token.txt (repeatable)',
    isRepeatable: true,
  },
  {
    flags: '--user-token <application=token>',
    summary: "user's token that the calls to this application present (repeatable)",
    isRepeatable: true,
  },
  { flags: '--organization-required', summary: 'refuse requests without the header of the organization (403)' },
] as const

/** `sandbox` of the configuration, with what the command line adds to it. Throws CommandRefusal. */
export function readSandboxOptions(input: CommandInput, context: CliContext, config: Config): SandboxConfig {
  const { tokens, organizationRequired, applications } = config.sandbox
  const given = (input.lists.token ?? []).map(text => readToken(text, context))
  const users = (input.lists.userToken ?? []).map(text => readUserToken(text, context, config))
  const all = [...tokens, ...given]
  const twice = all.find(({ token }, at) => all.findIndex(other => other.token === token) !== at)
  if (twice)
    throw new CommandRefusal(`The token of ${twice.login} is also another entry's: give each a token of its own.`)
  return {
    tokens: all,
    organizationRequired: input.options.organizationRequired === true ? true : organizationRequired,
    applications: { ...applications, ...Object.fromEntries(users) },
  }
}

function readToken(text: string, context: CliContext): SandboxConfig['tokens'][number] {
  const [, login = '', written] = /^([^:=]*)(?::([^=]*))?=/.exec(text) ?? []
  const roles = sandboxRoles.filter(role => written?.split(',').includes(role))
  const isKnown = written === undefined || written.split(',').every(role => roles.some(known => known === role))
  if (!new RegExp(loginPattern).test(login) || !isKnown)
    throw new CommandRefusal(
      `--token takes LOGIN=TOKEN or LOGIN:ROLE=TOKEN with the roles ${sandboxRoles.join(' and ')}, such as links-robot:robot=@token.txt.`,
    )
  return { login, token: readSecret('--token', text, context), ...(written !== undefined && { roles }) }
}

function readUserToken(text: string, context: CliContext, { applications }: Config) {
  const [id = ''] = text.split('=', 1)
  if (!text.includes('=') || !applications.some(application => application.id === id)) {
    const ids = applications.map(application => application.id).join(', ')
    throw new CommandRefusal(
      `--user-token takes APPLICATION=TOKEN, such as ${applications[0]?.id}=@token.txt; the applications are ${ids}.`,
    )
  }
  return [id, { token: 'user' as const, userToken: readSecret('--user-token', text, context) }] as const
}

/** What follows `=`: the token, `@FILE`, or `env:VARIABLE`. A message never shows it, since it may be the token. */
function readSecret(option: string, text: string, { env, directory }: CliContext): string {
  const written = text.slice(text.indexOf('=') + 1)
  const token = written.startsWith('@')
    ? readTokenFile(option, resolve(directory, written.slice(1)))
    : written.startsWith('env:')
      ? readTokenVariable(option, written.slice(4), env)
      : written
  if (/^[!-~]+$/.test(token)) return token
  throw new CommandRefusal(
    `${option}: the token is empty, or has white space or letters outside ASCII. Write it after the =, or @FILE, or env:VARIABLE.`,
  )
}

function readTokenFile(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const { code = 'unknown fault' } = error as NodeJS.ErrnoException
    throw new CommandRefusal(`${option}: the file ${file} cannot be read (${code}).`)
  }
}

function readTokenVariable(option: string, name: string, env: NodeJS.ProcessEnv): string {
  const variable = readVariable(name, env)
  if ('text' in variable) return variable.text
  throw new CommandRefusal(`${option}: ${variable.rule}. ${variable.hint}`)
}
