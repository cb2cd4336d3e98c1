import { connect } from 'node:net'
import { type Answers, readAnswers } from './read-answers.ts'

/** What goes over one connection: requests one after the other, in pieces of at most `pieceBytes`. */
export type Sent = {
  bytes: Buffer
  methods: readonly string[]
  /** How many of the requests are whole, so that an answer to each is due; what follows them may be answered. */
  due: number
  pieceBytes: number
}

/** Milliseconds in which an answer that need not come is waited for, and one that must. */
const [quietMs, mostMs] = [150, 20_000]

/** Sends the bytes and reads the answers, until all that are due are there or the connection is closed. */
export function send(port: number, { bytes, methods, due, pieceBytes }: Sent): Promise<Answers> {
  const isOpenEnded = due < methods.length
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const finish = (fault?: string) => {
      clearTimeout(timer)
      socket.destroy()
      const read = readAnswers(Buffer.concat(chunks), methods, due)
      resolve(fault !== undefined && !read.isWhole ? { ...read, fault } : read)
    }
    // What is not a whole request may be answered, or waited for by the server.
    const timer = setTimeout(() => finish(isOpenEnded ? undefined : 'no answer'), isOpenEnded ? quietMs : mostMs)
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (isOpenEnded) timer.refresh()
      else if (readAnswers(Buffer.concat(chunks), methods, due).isWhole) finish()
    })
    socket.on('end', () => finish())
    socket.on('error', () => finish())
    for (let start = 0; start < bytes.length; start += pieceBytes)
      socket.write(bytes.subarray(start, start + pieceBytes))
  })
}
