import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { type CliContext, CommandFailure } from '../command.ts'

/** A person at a terminal. The questions go to standard error, so that standard output holds the result alone. */
export type Prompt = {
  /** The next line that is typed; without echo if it is a secret. Throws CommandFailure when the person gives up. */
  ask: (text: string, more?: { isSecret?: boolean }) => Promise<string>
  say: (text: string) => void
  close: () => void
}

/** Whether somebody can be asked: questions are seen, and answers typed. */
export const canAsk = ({ stdin, isTerminal }: CliContext): boolean =>
  isTerminal && 'isTTY' in stdin && stdin.isTTY === true

/** Asks at the terminal until `close`. Lines that come before they are asked for, as when several are pasted, wait. */
export function openPrompt({ stdin, stderr }: CliContext): Prompt {
  let isMuted = false
  const output = new Writable({
    write: (piece, encoding, done) => {
      if (!isMuted) stderr.write(piece, encoding)
      done()
    },
  })
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  const typed = lines[Symbol.asyncIterator]()
  let isOver = false
  // What is typed before the next question is not shown: the answer may be a secret.
  lines.on('line', () => {
    isMuted = true
  })
  lines.on('close', () => {
    isOver = true
  })
  // Ctrl-C ends the lines, as Ctrl-D and a terminal that is gone do.
  lines.on('SIGINT', () => lines.close())
  const nextLine = async (): Promise<string> => {
    const { done, value } = await typed.next()
    if (done) {
      stderr.write('\n')
      throw new CommandFailure('Stopped. Nothing was written.')
    }
    return value
  }
  return {
    async ask(text, { isSecret = false } = {}) {
      isMuted = false
      lines.setPrompt(text)
      if (!isOver) lines.prompt()
      isMuted = isSecret
      const line = await nextLine()
      if (isSecret) stderr.write('\n')
      return line.trim()
    },
    say: text => {
      stderr.write(`${text}\n`)
    },
    close: () => lines.close(),
  }
}
