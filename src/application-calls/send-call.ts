import type { Agent, Dispatcher } from 'undici'
import type { Finding } from './application-calls.ts'
import type { Answer } from './check-answer.ts'

export type Request = {
  method: 'GET' | 'POST' | 'DELETE'
  address: string
  headers: Record<string, string>
  body?: string
}

/** Bytes of a body that are read at most. */
const bodyMost = 1024 * 1024

export type CallSender = ReturnType<typeof createCallSender>

/**
 * Sends calls, each within `timeout` milliseconds, following no redirect. An answer that does not come is a finding, not
 * an error. undici is loaded by the first call.
 */
export function createCallSender(timeout: number) {
  let agent: Agent | undefined
  const open = async () => {
    const { Agent } = await import('undici')
    agent ??= new Agent({ connect: { timeout }, headersTimeout: timeout, bodyTimeout: timeout, keepAliveTimeout: 1000 })
    return agent
  }
  return {
    async send(request: Request): Promise<Answer | Finding> {
      const target = splitAddress(request.address)
      if (!target) return badAddress(request.address)
      const dispatcher = await open()
      const started = performance.now()
      try {
        const response = await dispatcher.request({
          // Not as one URL: that would be put in order (`..` and the like), and Tracker's address is what is filled in.
          origin: target.origin,
          path: target.path,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          signal: AbortSignal.timeout(timeout),
        })
        const { body, isCut } = await readBody(response.body)
        const milliseconds = performance.now() - started
        return { status: response.statusCode, headers: oneLine(response.headers), body, isCut, milliseconds }
      } catch (error) {
        return noAnswer(error, target.origin, timeout)
      }
    },
    close: async () => agent?.destroy(),
  }
}

/** Without the fragment, which no client sends. */
function splitAddress(address: string): { origin: string; path: string } | undefined {
  const [, origin, path] = /^(https?:\/\/[^/?#\s]+)([^#]*)/i.exec(address) ?? []
  if (origin === undefined || path === undefined || !URL.canParse(origin)) return undefined
  return { origin, path: path.startsWith('/') ? path : `/${path}` }
}

async function readBody(stream: Dispatcher.ResponseData['body']): Promise<{ body: Uint8Array; isCut: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop destroys the stream, and its connection with it.
    if (length > bodyMost) return { body: Buffer.concat(chunks).subarray(0, bodyMost), isCut: true }
  }
  return { body: Buffer.concat(chunks), isCut: false }
}

const oneLine = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))

const badAddress = (address: string): Finding => ({
  level: 'error',
  field: 'address',
  rule: `is ${address || 'empty'}, no address to call`,
  hint: 'Start the template with http:// or https:// and the name of a host.',
})

const finding = (rule: string, hint: string): Finding => ({ level: 'error', field: 'connection', rule, hint })

function noAnswer(error: unknown, origin: string, timeout: number): Finding {
  const { code = '', name, message } = error as { code?: string; name: string; message: string }
  if (name === 'TimeoutError' || /TIMEOUT/.test(code))
    return finding(`gave no whole answer in ${timeout / 1000} s`, 'Answer from what is at hand, within a second.')
  if (code === 'ECONNREFUSED') return finding(`is refused: nothing listens at ${origin}`, 'Start the application.')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return finding(`fails: the name of ${origin} is not known`, 'Correct the host in the template.')
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET')
    return finding('was closed before the answer was whole', "The application's log says why.")
  return finding(`fails: ${code || name}, ${message}`, 'Look whether the address answers at all.')
}
