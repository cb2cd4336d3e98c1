import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { standardCallSettings } from '../../application-calls/call-settings.ts'
import type { Call, CalledApplication, CallKind } from '../../application-calls/calls.ts'
import { type CallOutcome, makeCall } from '../../application-calls/make-call.ts'
import { closeSender } from '../../application-calls/send-call.ts'
import { type WrittenCall, writeCall } from '../../application-calls/write-call.ts'
import type { CallRecord } from '../../storage/calls/list-calls.ts'
import { recordCommand } from '../audit/audited.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print } from '../command.ts'
import { isConfirmed } from '../confirmation.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import { localAddress } from '../sandbox/local-address.ts'
import { registerApplications } from '../sandbox/register-applications.ts'
import { visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { aboutCall } from './call-options.ts'
import { foundCall, requestArgument } from './show.ts'

export const callsReplay: CliCommand = {
  name: 'calls replay',
  summary: 'make a call of the request log again, as Tracker made it, and compare the answers',
  arguments: [requestArgument],
  options: [
    { flags: '--at <url>', summary: 'scheme, host and port of the server (default: the one on this machine)' },
    { flags: '--token-file <file>', summary: "file with the token (default: the application's own)" },
    { flags: '--yes', summary: 'do not ask before a call that makes or removes links; needed without a terminal' },
    configOption,
  ],
  details: `
The token is the application's own, from the configuration. It makes a call of its own, which the request log has as well.

Exit code: 0 if it was answered with success, 1 otherwise.`,
  examples: ['calls replay WkXr0d3pT1mB7cQz', 'calls replay WkXr0d3pT1mB7cQz --at https://links.example.com --yes'],
  run: replay,
}

async function replay(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  return withStorage(program, context, async ({ prisma }) => {
    const record = await foundCall(prisma, program, input.arguments[0] as string)
    const call = callOf(record, calledApplication(program, record, input))
    const written = writeCall(call, settingsOf(input, context, call), 'tracker-links calls replay')
    const what = `${record.call} ${aboutCall(record)} of ${record.applicationId}`
    if (call.kind !== 'entityInfo') {
      if (input.options.yes !== true && !(await isConfirmed(`Make ${visible(what)} again?`, context))) {
        context.stderr.write('Nothing was called.\n')
        return 1
      }
      const about = { requestId: record.requestId }
      await recordCommand(prisma, { operation: 'calls replay', applicationId: record.applicationId, about })
    }
    const outcome = await send(call, written)
    print(input, context, tell(record, written.address, outcome), { recorded: thenOf(record), now: nowOf(outcome) })
    return outcome.state === 'answered' && outcome.status < 400 ? 0 : 1
  })
}

/** The call that a record tells of. Throws CommandRefusal if it does not say enough to make it again. */
function callOf(record: CallRecord, application: CalledApplication): Call {
  const { call, issueKey, remoteKeys, remoteKeyCount, taken } = record
  if (call === 'trigger')
    throw new CommandRefusal('The request log has no bodies of triggers, so it cannot be made again.')
  const kind = call as CallKind
  const keys = kind === 'createLink' ? remoteKeys : [taken ?? remoteKeys[0]].filter(key => key !== undefined)
  if (keys.length === 0 || (kind !== 'entityInfo' && issueKey === null))
    throw new CommandRefusal('This call named no valid keys, so it cannot be made again.')
  if (kind === 'createLink' && remoteKeyCount > keys.length)
    throw new CommandRefusal(`The request log has ${keys.length} of the ${remoteKeyCount} objects of this call.`)
  return { kind, application, remoteKeys: keys, ...(issueKey !== null && { issueKey }) }
}

function calledApplication({ config, settings }: Program, { applicationId }: CallRecord, { options }: CommandInput) {
  if (applicationId === '')
    throw new CommandRefusal('No application has the address of this call, so it cannot be made again.')
  const { at } = options
  const address =
    typeof at === 'string' ? at.replace(/\/+$/, '') : localAddress({ hostname: settings.host, port: settings.port })
  if (!/^https?:\/\/[^/?#\s]+$/i.test(address))
    throw new CommandRefusal('--at takes scheme, host and port alone, such as https://links.example.com.')
  const registered = registerApplications(config, address, one => one)
  return registered.find(({ id }) => id === applicationId) as CalledApplication
}

/** Whose token is presented. Throws CommandRefusal if there is none where one is needed. */
function settingsOf({ options: { tokenFile } }: CommandInput, { directory }: CliContext, { application }: Call) {
  if (typeof tokenFile === 'string') {
    const userToken = readFileSync(resolve(directory, tokenFile), 'utf8').trim()
    return { ...standardCallSettings, token: 'user' as const, userToken }
  }
  if (application.tokenForm !== undefined && application.oauthToken === undefined)
    throw new CommandRefusal("Tracker calls this application with its users' tokens: give one with --token-file.")
  return standardCallSettings
}

async function send(call: Call, written: WrittenCall): Promise<CallOutcome> {
  const sender = { timeout: 10_000 }
  try {
    return await makeCall(sender, call, written)
  } finally {
    await closeSender(sender)
  }
}

const thenOf = ({ at, status, code, milliseconds }: CallRecord) => ({ at, status, code, milliseconds })

function nowOf(outcome: CallOutcome) {
  if (outcome.state === 'failed')
    return { failed: outcome.findings.map(({ field, rule }) => `${field} ${rule}`).join('; ') }
  const { status, milliseconds, responseBody, responseHeaders } = outcome
  return { status, milliseconds, requestId: responseHeaders['x-request-id'], body: responseBody }
}

function tell(record: CallRecord, address: string, outcome: CallOutcome): string {
  const then = `${record.status}${record.code === null ? '' : ` ${record.code}`} in ${record.milliseconds.toFixed(1)} ms`
  const now = nowOf(outcome)
  const lines = [
    `called      ${address}`,
    `then        ${then}`,
    `now         ${now.failed ?? `${now.status} in ${now.milliseconds?.toFixed(1)} ms`}`,
    ...(now.requestId === undefined ? [] : [`request     ${now.requestId}`]),
    ...(now.body ? ['', now.body] : []),
  ]
  return lines.map(visible).join('\n')
}
