import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

// Not by undici, whose hundred files would take a fifth of the time of a command, and not imported: see errors/raw-answers.ts.
const { get } = process.getBuiltinModule('node:http')

/** The JSON that a server on this machine answers. Throws if it has not come whole after so many milliseconds, or is no JSON. */
export async function askServer(address: string, milliseconds: number): Promise<unknown> {
  const signal = AbortSignal.timeout(milliseconds)
  const question = get(address, { agent: false, signal })
  // It fails once more if the time is over while the answer is read.
  question.on('error', () => {})
  try {
    const [answer] = (await once(question, 'response')) as [IncomingMessage]
    return await json(answer)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  }
}
