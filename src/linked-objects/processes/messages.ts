import { type LineSplitter, lineSplitter } from '../../values/split-lines.ts'

/**
 * What two processes say to each other: lines of JSON on a pipe of their own, each with the number of its question. Node's channel
 * (`fork`) would be the owner's code's as well: `process.send('ready')`, which PM2 asks for, would stand among our answers.
 */
export type Message = { id: number; content: unknown }

/** The file descriptor of the pipe in the process that is asked. */
export const pipe = 3

/** Says that a process has loaded its program; questions count from 1. */
export const ready = 0

/** Bytes of a message: 1 MB of an answer, as JSON within JSON, and some more. What is longer is never held. */
export const longestMessage = 8 * 1024 * 1024

const fault = { field: '', rule: '', hint: '' }
export const messageSplitter = (): LineSplitter =>
  lineSplitter({ maxBytes: longestMessage, tooLong: fault, notUtf8: fault })

export const asLine = (message: Message): string => `${JSON.stringify(message)}\n`

/** The message of a line; undefined if it is none. */
export function readMessage(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line)
    return isMessage(message) ? message : undefined
  } catch {
    return undefined
  }
}

const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'number' && 'content' in value
