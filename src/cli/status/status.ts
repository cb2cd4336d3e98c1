import { setTimeout as sleep } from 'node:timers/promises'
import { type CliCommand, type CliContext, type CommandInput, print, wholeNumberOption } from '../command.ts'
import { asTypedHere } from '../doctor/next-as-typed.ts'
import { onInterruption } from '../interruption.ts'
import { configOption, readProgram } from '../open-program.ts'
import { type Look, lookAtAll } from './look-at-all.ts'
import { lookValue, mustAct, screenText } from './screen.ts'

export const status: CliCommand = {
  name: 'status',
  summary: 'show how all applications stand: state, calls of the last hour, backlog, next step',
  options: [
    { flags: '--watch', summary: 'look again and again, until Ctrl-C' },
    { flags: '--interval <seconds>', summary: 'seconds between two looks with --watch', default: '2' },
    configOption,
  ],
  details: `Works whether the server runs or not, and changes nothing. ERRORS are answers 5xx; WAITING are links that Tracker is to be told of.
The exit code is 1 if something must be mended, or if the database is away.`,
  examples: ['status', 'status --watch', 'status --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const seconds = wholeNumberOption(input, 'interval', { least: 1, most: 3600 })
    const look = () => lookAtAll(program)
    const code =
      input.options.watch === true
        ? await watch(input, context, look, seconds * 1_000)
        : show(input, context, await look())
    context.leave?.()
    return code
  },
}

/** Looks until it is interrupted, or nobody reads any more. Returns the exit code of the last look. */
async function watch(input: CommandInput, context: CliContext, look: () => Promise<Look>, pause: number) {
  const { stdout } = context
  const ended = new AbortController()
  const end = () => ended.abort()
  const forget = onInterruption(end)
  stdout.once('error', end)
  let code = 0
  try {
    while (!ended.signal.aborted) {
      const seen = await look()
      if (ended.signal.aborted) break
      if (terminalOf(context) !== undefined && !input.json) stdout.write(clearScreen)
      code = show(input, context, seen)
      await sleep(pause, undefined, { signal: ended.signal }).catch(() => {})
    }
    return code
  } finally {
    forget()
    stdout.off('error', end)
  }
}

const clearScreen = '\u001b[H\u001b[2J'

function show(input: CommandInput, context: CliContext, look: Look): number {
  const width = terminalOf(context)?.columns ?? 80
  print(input, context, screenText(look, width, asTypedHere(input, context)), lookValue(look))
  return mustAct(look) ? 1 : 0
}

/** Standard output, if it is a terminal. */
function terminalOf({ stdout }: CliContext): { columns: number } | undefined {
  if (!('isTTY' in stdout) || stdout.isTTY !== true) return undefined
  return { columns: 'columns' in stdout && typeof stdout.columns === 'number' ? stdout.columns : 80 }
}
