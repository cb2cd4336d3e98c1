import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { type Line, type LineSplitter, pushChunk } from '../../values/split-lines.ts'
import { asLine, longestMessage, messageSplitter, readMessage, ready } from './messages.ts'

/** A process ended, or was ended, before it answered. */
export class ProcessEnded extends Error {}

/** What a process runs: `file` calls `answerQuestions`. */
export type Program = {
  file: string
  /** For its objects; V8 ends a process that needs more. */
  megabytes: number
  /** In all, while it is asked: V8 does not count long texts and buffers. Held on Linux only. */
  mostMegabytes?: number
  /** Its whole environment. */
  env: Readonly<Record<string, string>>
  /** Whether what it prints goes to our standard error; our standard output is the log, or the result of a command. */
  mayPrint: boolean
}

/** A process that answers questions, one at a time. It keeps this process alive only while it starts or is asked. */
export type AskedProcess = {
  child: ChildProcess
  /** Undefined if it could not be started. */
  channel: Socket | undefined
  splitter: LineSplitter
  /** The question in flight. */
  question: PromiseWithResolvers<unknown> | undefined
  /** The number of the latest question. */
  id: number
  isAlive: boolean
  mostMegabytes: number | undefined
  tell: Tell
}

/** Milliseconds between two looks at the memory of a process that is asked. */
const lookEvery = 50

/** Both are called once, at most. */
type Tell = { ready: () => void; ended: () => void }

export function startProcess(program: Program, tell: Tell): AskedProcess {
  const { file, megabytes, mostMegabytes, env, mayPrint } = program
  const output = mayPrint ? 2 : 'ignore'
  const child = spawn(process.execPath, [`--max-old-space-size=${megabytes}`, '--disable-sigusr1', file], {
    env,
    stdio: ['ignore', output, output, 'pipe'],
  })
  const pipe = child.stdio[3]
  const channel = pipe instanceof Socket ? pipe : undefined
  const state = { splitter: messageSplitter(), question: undefined, id: ready, isAlive: true }
  const asked: AskedProcess = { child, channel, ...state, mostMegabytes, tell }
  child.on('error', () => noteEnd(asked, 'it cannot be started'))
  child.on('exit', (code, signal) => noteEnd(asked, signal ?? `exit code ${code}`))
  channel?.on('data', (chunk: Buffer) => readAnswers(asked, chunk))
  // Without its channel it is of no use; why it ended, its exit says.
  channel?.on('close', () => child.kill('SIGKILL'))
  channel?.on('error', () => {})
  return asked
}

/** Asks, one question at a time; the process is killed if `signal` is aborted meanwhile. Throws ProcessEnded. */
export async function askProcess<Answer>(
  process: AskedProcess,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  if (signal.aborted || !process.isAlive) throw new ProcessEnded('it ended before it was asked')
  const answer = Promise.withResolvers<unknown>()
  const giveUp = () => endProcess(process, 'it took too long')
  process.question = answer
  signal.addEventListener('abort', giveUp, { once: true })
  process.child.ref()
  process.channel?.ref()
  const looking = setInterval(() => void lookAtMemory(process), lookEvery)
  try {
    process.channel?.write(asLine({ id: ++process.id, content: question }))
    return (await answer.promise) as Answer
  } finally {
    clearInterval(looking)
    signal.removeEventListener('abort', giveUp)
    process.question = undefined
    release(process)
  }
}

/** Ends the process at once. */
export function endProcess(process: AskedProcess, reason: string): void {
  process.child.kill('SIGKILL')
  noteEnd(process, reason)
}

/** Ends the process if it has more in memory than it may. */
async function lookAtMemory(process: AskedProcess): Promise<void> {
  const { child, mostMegabytes } = process
  if (mostMegabytes === undefined || !process.isAlive) return
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
  const kilobytes = Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0)
  if (kilobytes > mostMegabytes * 1024) endProcess(process, `it took more than ${mostMegabytes} MB`)
}

function readAnswers(process: AskedProcess, chunk: Buffer): void {
  for (const line of pushChunk(process.splitter, chunk)) if (process.isAlive) readAnswer(process, line)
  if (process.splitter.heldBytes > longestMessage) refuse(process)
}

function readAnswer(process: AskedProcess, line: Line): void {
  const message = 'text' in line ? readMessage(line.text) : undefined
  if (message?.id !== process.id) refuse(process)
  else if (message.id === ready) {
    release(process)
    process.tell.ready()
  } else if (process.question) process.question.resolve(message.content)
  else refuse(process)
}

/** Nothing that it says later can be believed. */
const refuse = (process: AskedProcess) => endProcess(process, 'it wrote something else than an answer to our pipe')

/** Lets this process end although the other one is there. */
function release({ child, channel }: AskedProcess): void {
  child.unref()
  channel?.unref()
}

function noteEnd(process: AskedProcess, reason: string): void {
  process.question?.reject(new ProcessEnded(reason))
  if (!process.isAlive) return
  process.isAlive = false
  process.tell.ended()
}
