import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type CliContext, CommandRefusal } from './command.ts'

/** Asks on a terminal. Throws CommandRefusal if there is none. */
export async function isConfirmed(question: string, { isTerminal, stdin, stderr }: CliContext): Promise<boolean> {
  if (!isTerminal) throw new CommandRefusal(`${question} There is no terminal to ask on: use --yes.`)
  stderr.write(`${question} [y/N] `)
  const lines = createInterface({ input: stdin })
  try {
    // If the input ends, there is no answer.
    const [answer = ''] = await Promise.race([once(lines, 'line'), once(lines, 'close')])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
