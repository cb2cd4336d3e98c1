import type { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import { error, type Finding } from './finding.ts'
import type { WrittenCall } from './write-call.ts'

/** An answer as it came, its body cut after `bodyMost` bytes. */
export type Answer = {
  status: number
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  isCut: boolean
  milliseconds: number
}

/** A call as Tracker writes it, or one that differs: a program that tests an application sends others, too. */
export type SentCall = Omit<WrittenCall, 'method' | 'headers' | 'body'> & {
  method: Dispatcher.HttpMethod
  headers: Record<string, string | string[]>
  /** A text, or its pieces in the rhythm in which they go out. */
  body?: string | Readable
}

const bodyMost = 1024 * 1024

/** Sends calls, each within `timeout` milliseconds. Its agent is opened by the first call. */
export type CallSender = { readonly timeout: number; agent?: Agent }

/** Sends a call and follows no redirect. Never rejects: a missing answer is a finding. */
export async function sendCall(sender: CallSender, call: SentCall): Promise<Answer | Finding> {
  const target = splitAddress(call.address)
  if (!target) return badAddress(call.address)
  const agent = await openAgent(sender)
  const started = performance.now()
  try {
    const response = await agent.request({
      // Not as one URL, which would be normalized (`..` and the like): Tracker calls exactly the filled template.
      origin: target.origin,
      path: target.path,
      method: call.method,
      headers: call.headers,
      body: call.body ?? null,
      signal: AbortSignal.timeout(sender.timeout),
    })
    const { body, isCut } = await readBody(response.body)
    const milliseconds = performance.now() - started
    return { status: response.statusCode, headers: joined(response.headers), body, isCut, milliseconds }
  } catch (cause) {
    return noAnswer(cause, target.origin, sender.timeout)
  }
}

/** Closes the connections; calls in flight end without an answer. */
export async function closeSender({ agent }: CallSender): Promise<void> {
  await agent?.destroy()
}

async function openAgent(sender: CallSender): Promise<Agent> {
  const { Agent } = await import('undici')
  const { timeout } = sender
  sender.agent ??= new Agent({
    connect: { timeout },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    keepAliveTimeout: 1000,
  })
  return sender.agent
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

/** A repeated header becomes one, with commas. */
const joined = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))

const badAddress = (address: string) =>
  error(
    'address',
    `is ${address || 'empty'}, which cannot be called`,
    'Start the template with http:// or https:// and the name of a host.',
  )

const finding = (rule: string, hint: string) => error('connection', rule, hint)

function noAnswer(cause: unknown, origin: string, timeout: number): Finding {
  const { code = '', name, message } = cause as { code?: string; name: string; message: string }
  if (name === 'TimeoutError' || /TIMEOUT/.test(code))
    return finding(`gave no complete answer within ${timeout / 1000} s`, 'Answer within a second, from local data.')
  if (code === 'ECONNREFUSED') return finding(`is refused: nothing listens at ${origin}`, 'Start the application.')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return finding(`fails: the host name of ${origin} cannot be resolved`, 'Correct the host in the template.')
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET')
    return finding('was closed before the answer was complete', "The application's log says why.")
  return finding(`fails: ${code || name}, ${message}`, 'Check whether anything answers at this address.')
}
