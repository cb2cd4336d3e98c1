import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run } from '../../../src/cli/main.ts'

/** A strong token, always the same for one name. */
export const token = (name: string) => `canary-${createHash('sha256').update(name).digest('hex')}`

/** An application of a configuration, as it is written. */
export type Entry = Record<string, unknown>
export const crm: Entry = {
  id: 'ru.example.crm',
  path: 'crm',
  name: 'Example CRM',
  frontUrl: 'https://crm.example.com/deals/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm-team@example.com',
  authorization: { kind: 'token', tokens: [`\${CRM_TOKEN}`, `\${CRM_TOKEN_NEXT}`] },
}

/** Runs `registration` in a folder whose configuration holds these applications; JSON is YAML, too. */
export async function registration(
  t: Test,
  args: string[],
  {
    applications = [crm],
    publicUrl = 'https://links.example.com',
  }: { applications?: Entry[]; publicUrl?: string } = {},
) {
  const directory = t.testdir({ 'tracker-links.yaml': JSON.stringify({ publicUrl, applications }) })
  const result = await runIn(directory, ['registration', ...args])
  if (!args.includes('--with-token')) t.notMatch(result.out + result.told, /canary/, 'no token is told')
  return result
}

/** Runs a command line in a folder. */
export async function runIn(directory: string, line: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const env = { CRM_TOKEN: token('first'), CRM_TOKEN_NEXT: token('second') }
  const code = await run(line, { env, directory, stdin: new PassThrough(), stdout, stderr, isTerminal: false })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), told: await text(stderr) }
}
