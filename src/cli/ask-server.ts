import { json } from 'node:stream/consumers'

// Not by undici, whose hundred files would take a fifth of the time of a command, and not imported: see errors/raw-answers.ts.
const { get } = process.getBuiltinModule('node:http')

/** The JSON that a server on this machine answers. Throws if nothing comes for so many milliseconds, or no JSON. */
export function askServer(address: string, milliseconds: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const question = get(address, { agent: false, timeout: milliseconds }, answer => {
    json(answer).then(resolve, reject)
  })
  question.once('error', reject)
  question.once('timeout', () => question.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
  return promise
}
