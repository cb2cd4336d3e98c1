import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { pushChunk } from '../../values/split-lines.ts'
import { asLine, messageSplitter, pipe, readMessage, ready } from './messages.ts'

/** In a process of `startProcess`: answers its questions, and ends with the process that asks. `answer` never throws. */
export function answerQuestions(answer: (question: unknown) => Promise<unknown>): void {
  outliveSignals()
  endWithParent()
  endFirst()
  const channel = new Socket({ fd: pipe })
  const splitter = messageSplitter()
  const tell = (id: number, content: unknown) => channel.write(asLine({ id, content }))
  channel.on('data', chunk => {
    for (const line of pushChunk(splitter, chunk)) {
      const message = 'text' in line ? readMessage(line.text) : undefined
      if (message) void answer(message.content).then(content => tell(message.id, content))
    }
  })
  channel.on('error', () => {})
  channel.on('close', () => process.exit())
  tell(ready, null)
}

/** A signal may reach the server and this process: the server goes on answering for a while, and ends this process itself. */
function outliveSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
}

/** If the server is killed while the owner's code hangs, this thread never hears of it. So another looks whether the parent changed. */
function endWithParent(): void {
  const look = `const parent = process.ppid
    setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1000)`
  new Worker(look, { eval: true }).unref()
}

/** If the system runs out of memory, it ends this process first, not the server. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Not Linux, or not allowed.
  }
}
