// Starts programs as processes of their own, for tests, proofs, the bench and `.ci`. Imports nothing of src.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const program = fileURLToPath(new URL('../../bin/tracker-links.js', import.meta.url))

const firstLine = (readFileSync(program, 'utf8').split('\n', 1)[0] ?? '').split(' ')

/** The program and what its first line tells Node (`#!/usr/bin/env -S NAME=value node --flag`), as arguments of Node. */
export const asUsersStartIt: readonly string[] = [...firstLine.filter(word => word.startsWith('--')), program]

/** The variables of that line. */
export const usersVariables: Record<string, string> = Object.fromEntries(
  firstLine.filter(word => /^\w+=/.test(word)).map(word => word.split('=', 2)),
)

const running = new Set<ChildProcess>()
// Nothing is left behind if the process that started them fails.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program; it does not outlive this process. */
export function startProgram(command: string, words: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, words, options)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Collects what a program prints into its pipes; returns a function that tells what came so far. */
export function collectOutput({ stdout, stderr }: ChildProcess): () => string {
  let printed = ''
  for (const stream of [stdout, stderr])
    stream?.on('data', piece => {
      printed += piece
    })
  return () => printed
}

export const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

/** The exit code of a program, once it has ended and all that it printed has come; null if a signal ended it. */
export async function ended(child: ChildProcess): Promise<number | null> {
  if (!hasEnded(child)) await once(child, 'close')
  return child.exitCode
}

/** Sends a signal, and waits for the exit code (null after SIGKILL). */
export async function stopProgram(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (!hasEnded(child)) child.kill(signal)
  return await ended(child)
}

type Waiting = {
  /** What is waited for, as the error names it. */
  what: string
  /** The program's output, for the error. */
  output?: () => string
  /** Milliseconds between two questions. */
  every?: number
}

/**
 * Asks until the answer is neither undefined nor false, and returns it; an error counts as no answer. Throws after 30 s, and
 * when the program ends.
 */
export async function untilAnswered<T>(
  child: ChildProcess,
  ask: () => Promise<T | undefined | false>,
  { what, output = () => '', every = 20 }: Waiting,
): Promise<T> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(every)) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined && answer !== false) return answer
    if (hasEnded(child)) break
  }
  const how = hasEnded(child) ? `the program ended with ${child.exitCode ?? child.signalCode}` : 'not within 30 s'
  throw new Error(`${what}: ${how}\n${output()}`)
}

/** Whether something answers at an address with success. */
export async function isWell(address: string): Promise<boolean> {
  const answer = await fetch(address)
  await answer.arrayBuffer()
  return answer.ok
}

/** A TCP port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
