import { callJson } from '../../management-api/calls/call-json.ts'
import { type CallRecord, listCalls, ofNobody } from '../../storage/calls/list-calls.ts'
import { type CliCommand, type CommandInput, CommandRefusal, print, wholeNumberOption } from '../command.ts'
import { limitBounds, limitOption } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatTable } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { aboutCall, callOptions, chosenCalls } from './call-options.ts'
import { foundCall } from './show.ts'

export const callsList: CliCommand = {
  name: 'calls list',
  summary: 'show the last calls of Tracker, and how each was answered; the latest at the end',
  options: [
    applicationOption,
    ...callOptions,
    { flags: '--unknown', summary: 'calls to addresses that no application has' },
    {
      flags: '--before <request>',
      summary: 'only calls before this one: with the first of a list, what stands before it',
    },
    limitOption,
    configOption,
  ],
  details: 'How many are kept says `retention` in the configuration; a call appears about a second after its answer.',
  examples: ['calls list', 'calls list --object 1234 --status 5xx', 'calls list --unknown --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const filter = chosenCalls(input)
    const { before } = input.options
    const id = input.options.unknown === true ? nobody(input) : chosenApplication(input, program).id
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    return withStorage(program, context, async ({ prisma }) => {
      const after = typeof before === 'string' ? await foundCall(prisma, program, before) : undefined
      const calls = (await listCalls(prisma, id, filter, { limit, ...(after && { after }) })).toReversed()
      const whose = id === ofNobody ? 'There are no such calls' : `${id} has no such calls`
      const off = program.config.retention.callRecords === 0 ? ': `retention.callRecords` is 0, so none is kept' : ''
      const text = calls.length > 0 ? formatTable(headings, calls.map(row)) : `${whose}${off}.`
      print(input, context, text, { ...(id !== ofNobody && { application: id }), calls: calls.map(callJson) })
      return 0
    })
  },
}

/** Throws CommandRefusal: nobody has an application, an issue or an object. */
function nobody({ options }: CommandInput): typeof ofNobody {
  const wrong = ['application', 'issue', 'object', 'call'].find(name => options[name] !== undefined)
  if (wrong === undefined) return ofNobody
  throw new CommandRefusal(`--unknown goes without --${wrong}: what those calls were about is not known.`)
}

const headings = ['WHEN', 'CALL', 'ABOUT', 'STATUS', 'CODE', 'MS', 'FROM', 'REQUEST']

const row = (call: CallRecord): string[] => [
  call.at.toISOString(),
  call.path === null ? call.call : call.method,
  aboutCall(call),
  `${call.status}`,
  call.code ?? '',
  call.milliseconds.toFixed(1),
  `${call.source ?? ''}${call.standsFor > 1 ? ` ×${call.standsFor}` : ''}`,
  call.requestId,
]
