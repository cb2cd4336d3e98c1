import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import type { PushServer } from '../late-pushes/server.ts'

export type Summary = {
  complete: boolean
  lines: number
  accepted: number
  unchanged: number
  stale: number
  rejected: number
  failed: number
  milliseconds: number
}

/**
 * Pushes lines in bulk as fast as the server takes them, and reads the answers meanwhile. Returns the last line, and how many
 * came before it.
 */
export async function pushBulk(
  { address, apiKey }: PushServer,
  lines: Iterable<string>,
): Promise<{ summary: Summary; answers: number }> {
  const call = request(`${address}/api/applications/crm/objects/bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
  })
  const answered = readAnswers(call)
  let piece = ''
  for (const line of lines) {
    piece += `${line}\n`
    if (piece.length < 64 * 1024) continue
    if (!call.write(piece)) await once(call, 'drain')
    piece = ''
  }
  call.end(piece)
  return answered
}

async function readAnswers(call: ReturnType<typeof request>) {
  const [response] = await once(call, 'response')
  let last = ''
  let answers = -1
  for await (const line of createInterface({ input: response })) {
    answers++
    last = line
  }
  const { summary } = JSON.parse(last || '{}') as { summary?: Summary }
  if (!summary) throw new Error(`The server answered ${response.statusCode}: ${last}`)
  return { summary, answers }
}
