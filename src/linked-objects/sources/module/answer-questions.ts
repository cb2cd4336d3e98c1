import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { withDigits } from '../../../values/json-digits.ts'

/** What the process is asked, one question at a time, and what it answers; always a value, so that no error has to travel. */
export type ModuleQuestion = { file: string; key: string; milliseconds: number }
export type ModuleAnswer = { json?: string } | { fault: string }

const longestAnswer = 1024 * 1024

async function answer({ file, key, milliseconds }: ModuleQuestion): Promise<ModuleAnswer> {
  try {
    const ask: unknown = (await import(pathToFileURL(file).href)).default
    if (typeof ask !== 'function') return { fault: 'its default export is no function' }
    const value: unknown = await ask({ key, signal: AbortSignal.timeout(milliseconds) })
    if (value === undefined || value === null) return {}
    const json: string | undefined = JSON.stringify(value, withDigits)
    if (json === undefined) return { fault: 'it answered with something that is no value of JSON' }
    return json.length > longestAnswer ? { fault: 'its answer is larger than 1 MB' } : { json }
  } catch (error) {
    return { fault: `it threw ${describe(error)}` }
  }
}

/** The first line of an error, whatever was thrown. */
function describe(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return text.replace(/\n.*| imported from .*/s, '').slice(0, 200)
  } catch {
    return 'something that has no text'
  }
}

// What the module left behind when it answered (a promise that is rejected later, a timer that throws) would end the process,
// and with it the next question.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => console.error(`A module of objects left an error behind: ${describe(error)}`))
// The server, which ends this process, goes on answering for a while after a signal that reaches both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', () => process.exit())
// A module that hangs would outlive a server that was killed: it hears of nothing. This thread sees that the parent is another.
new Worker(
  `const parent = process.ppid; setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1000)`,
  {
    eval: true,
  },
).unref()
try {
  // Where memory runs out this process goes, not the server.
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // Not Linux, or not allowed.
}
process.on('message', (question: ModuleQuestion) => void answer(question).then(one => process.send?.(one)))
process.send?.('ready')
