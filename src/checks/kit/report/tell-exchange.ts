import type { Exchange } from '../exchange.ts'

/** A call as it was sent, without the token. */
export type Sent = { method: string; address: string; headers: Record<string, string>; body?: string }
/** An answer as it came; `failed` says why there was none. */
export type Came =
  | { status: number; headers: Record<string, string>; body: string; milliseconds: number }
  | { failed: string }

/** Characters of a body that are shown. */
const bodyShown = 1_000

export function sentOf({ written }: Exchange): Sent {
  const { method, address, shownHeaders, body } = written
  return {
    method,
    address,
    headers: shownHeaders,
    ...(typeof body === 'string' && { body: shortened(body) }),
    ...(body !== undefined && typeof body !== 'string' && { body: '(the usual body, in pieces)' }),
  }
}

export function cameOf({ outcome }: Exchange): Came | undefined {
  if (outcome.state === 'failed') {
    const [finding] = outcome.findings
    return finding && { failed: `the ${finding.field} ${finding.rule}` }
  }
  const { status, responseHeaders, responseBody, milliseconds } = outcome
  return {
    status,
    headers: { ...responseHeaders },
    body: shortened(responseBody),
    milliseconds: Math.round(milliseconds),
  }
}

const shortened = (text: string) =>
  text.length > bodyShown ? `${text.slice(0, bodyShown)}… (${text.length} characters)` : text

/** A command that makes the same call; the token is the variable `TOKEN` of the shell. */
export function curlOf({ written }: Exchange): string {
  const { method, address, shownHeaders, body } = written
  const words = ['curl', '-i', '--path-as-is', '--globoff']
  if (method === 'HEAD') words.push('--head')
  else if (method !== 'GET') words.push('-X', method)
  for (const [name, value] of Object.entries(shownHeaders)) {
    if (name === 'user-agent' || (name === 'accept' && value === '*/*')) continue
    words.push(
      '-H',
      value.includes('***') ? `"${name}: ${value.replace('***', '$TOKEN')}"` : quoted(`${name}: ${value}`),
    )
  }
  if (typeof body === 'string' && body.length <= bodyShown) words.push('--data-raw', quoted(body))
  return [...words, quoted(address)].join(' ')
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
