import { callJson } from '../../management-api/calls/call-json.ts'
import { type CallRecord, findCall, ofNobody } from '../../storage/calls/list-calls.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { type CliCommand, CommandFailure, print } from '../command.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import { visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { aboutCall } from './call-options.ts'

export const requestArgument = { name: '<request>', summary: 'request id: x-request-id of the answer, or from the log' }

export const callsShow: CliCommand = {
  name: 'calls show',
  summary: 'show all that is known of a call, by its request id',
  arguments: [requestArgument],
  options: [configOption],
  examples: ['calls show WkXr0d3pT1mB7cQz'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    return withStorage(program, context, async ({ prisma }) => {
      const call = await foundCall(prisma, program, input.arguments[0] as string)
      print(input, context, visibleLines(call), callJson(call))
      return 0
    })
  },
}

/** The call of a request id, of whatever application. Throws CommandFailure. */
export async function foundCall(database: Queries, { config }: Program, requestId: string): Promise<CallRecord> {
  for (const id of [...config.applications.map(application => application.id), ofNobody]) {
    const call = await findCall(database, id, requestId)
    if (call !== undefined) return call
  }
  throw new CommandFailure(
    `The request log has no call ${requestId}: it may be older than what is kept, or a card from memory beside others.`,
  )
}

/** How a token was presented, and which one of the list it was. */
function tokenText({ scheme, tokenPlace }: CallRecord): string | null {
  if (scheme === 'absent') return 'the header is missing'
  const form = scheme === 'bare' ? 'without a scheme' : scheme === 'other' ? 'with an unknown scheme' : `with ${scheme}`
  return scheme && `${form}${tokenPlace === null ? '' : `, number ${tokenPlace} of \`authorization.tokens\``}`
}

function visibleLines(call: CallRecord): string {
  const { at, applicationId, method, status, code, milliseconds, source, actor, replica, path, nearest } = call
  const headers = Object.entries(call.headers as Record<string, string | null>)
  const lines: [string, string | null | false][] = [
    ['when', at.toISOString()],
    ['application', applicationId],
    ['call', path === null && `${call.call} (${method})`],
    ['about', path === null && aboutCall(call)],
    ['readings', path === null && call.remoteKeyCount === 1 && call.remoteKeys.join(' ')],
    ['asked for', path === null ? null : `${method} ${path}`],
    ['probably', nearest === null ? null : `this server answers ${nearest}`],
    ['answered', `${status}${code === null ? '' : ` ${code}`} in ${milliseconds.toFixed(1)} ms`],
    ['card from', source],
    ['token', tokenText(call)],
    ['token in', call.tokenIn.join(', ')],
    ['for', actor === null ? null : JSON.stringify(actor)],
    ['headers', headers.map(([name, value]) => (value === null ? name : `${name}: ${value}`)).join(', ')],
    ['replica', replica],
    ['request', call.requestId],
    ['stands for', call.standsFor > 1 && `${call.standsFor} calls like it`],
  ]
  return lines
    .filter(([, text]) => text)
    .map(([name, text]) => visible(`${name.padEnd(12)}${text}`))
    .join('\n')
}
