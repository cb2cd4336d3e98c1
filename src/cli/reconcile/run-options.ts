import type { RunOptions } from '../../storage/reconciliation/run-progress.ts'
import type { NewRun, RunScope } from '../../storage/reconciliation/start-run.ts'
import { parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { type CommandInput, CommandRefusal, wholeNumberOption } from '../command.ts'
import { configOption } from '../open-program.ts'
import { shown } from '../terminal-text.ts'

/** The options of both commands. */
export const runOptions = [
  { flags: '--output <file>', summary: 'write the plan into this file (NDJSON), whole or not at all' },
  { flags: '--most-repairs <n>', summary: 'repairs of this run at most', default: '1000' },
  { flags: '--most-per-issue <n>', summary: 'repairs in Tracker of an issue on a day at most', default: '20' },
  {
    flags: '--accept-removals <n>',
    summary: 'remove up to so many links, although they are more than 30 % of all',
    default: '0',
  },
  { flags: '--events', summary: 'give events to links that a new installation takes over' },
  { flags: '--resume <run>', summary: 'go on with a run that was stopped, by its id' },
  configOption,
]

export const scopeOptions = [
  { flags: '--issue <key>', summary: 'compare one issue' },
  { flags: '--queue <key>', summary: 'compare the issues of a queue' },
  { flags: '--query <query>', summary: "compare the issues of a query in Tracker's query language" },
  { flags: '--all', summary: 'compare all issues that the token may see, and all that have links here' },
  { flags: '--dry-run', summary: 'make a plan, and change nothing here or in Tracker' },
  {
    flags: '--repair <side>',
    summary: 'which side may be changed',
    default: 'none',
    choices: ['none', 'tracker', 'here', 'both'],
  },
]

const most = { least: 0, most: 10_000_000 }

/** What a run may do. Throws CommandRefusal. */
export const readRunOptions = (input: CommandInput, planned: NewRun['repair']): RunOptions => ({
  planned: planned === 'none' ? 'both' : planned,
  mostRepairs: wholeNumberOption(input, 'mostRepairs', most),
  mostPerIssue: wholeNumberOption(input, 'mostPerIssue', most),
  acceptRemovals: wholeNumberOption(input, 'acceptRemovals', most),
  events: input.options.events === true,
})

/** What is compared: exactly one of the options of a scope. Throws CommandRefusal. */
export function readScope({ options }: CommandInput): RunScope {
  const { issue, queue, query, all } = options
  const given = [issue, queue, query, all].filter(value => value !== undefined && value !== false)
  if (given.length !== 1)
    throw new CommandRefusal('Say what is to be compared: one of --issue KEY, --queue QUEUE, --query QUERY and --all.')
  if (all === true) return { all: true }
  if (typeof query === 'string' && query.trim() !== '') return { query }
  if (typeof queue === 'string') {
    if (/^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(queue)) return { queue: queue.toUpperCase() }
    throw new CommandRefusal(`"${shown(queue, 60)}" is no queue: write its key, such as TEST.`)
  }
  const key = parseIssueKey(String(issue ?? ''))
  if (key !== undefined) return { issue: key }
  throw new CommandRefusal(
    issue === undefined
      ? 'The query is empty.'
      : `"${shown(String(issue), 60)}" is no issue: write a key such as TEST-123.`,
  )
}
