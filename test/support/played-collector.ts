// A collector of traces on loopback (OTLP over HTTP, protobuf). Imports nothing of src.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

export type PlayedSpan = {
  name: string
  traceId: string
  spanId: string
  parentId: string
  status: string
  attributes: Record<string, string>
}

export type PlayedCollector = {
  url: string
  /** The bodies so far, and whatever was asked for. */
  requests: { path: string; headers: IncomingHttpHeaders; body: Buffer }[]
  /** How requests are answered: a status, or never. */
  answer: number | 'never'
  spans: () => PlayedSpan[]
  /** What the spans say of the process that sent them. */
  resource: () => Record<string, string>
}

/** Closed when the test is over. */
export async function playCollector(t: Pick<Test, 'teardown'>): Promise<PlayedCollector> {
  const groups = () => collector.requests.flatMap(({ body }) => fieldsOf(body)[1] ?? [])
  const collector: PlayedCollector = {
    url: '',
    requests: [],
    answer: 200,
    spans: () =>
      groups()
        .flatMap(group => fieldsOf(group)[2] ?? [])
        .flatMap(scope => fieldsOf(scope)[2] ?? [])
        .map(readSpan),
    resource: () => Object.assign({}, ...groups().map(group => readAttributes(fieldsOf(fieldsOf(group)[1]?.[0])[1]))),
  }
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = '', headers } = request
    collector.requests.push({ path, headers, body: await buffer(request) })
    if (collector.answer !== 'never') response.writeHead(collector.answer).end()
  }
  const server = createServer((request, response) => void take(request, response))
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return collector
}

function readSpan(bytes: Buffer): PlayedSpan {
  const { 1: trace, 2: span, 4: parent, 5: name, 9: attributes, 15: status } = fieldsOf(bytes)
  return {
    name: String(name?.[0]),
    traceId: trace?.[0]?.toString('hex') ?? '',
    spanId: span?.[0]?.toString('hex') ?? '',
    parentId: parent?.[0]?.toString('hex') ?? '',
    status: fieldsOf(status?.[0])[2]?.toString() ?? '',
    attributes: readAttributes(attributes),
  }
}

/** Names with their values, a number or a boolean as its digits. */
const readAttributes = (list: readonly Buffer[] = []): Record<string, string> =>
  Object.fromEntries(
    list.map(fieldsOf).map(({ 1: name, 2: value }) => [String(name), Object.values(fieldsOf(value?.[0])).join()]),
  )

/** The fields of a message of protobuf, by their numbers; a number as the text of its digits. */
function fieldsOf(bytes: Buffer = Buffer.alloc(0)): Record<number, Buffer[]> {
  const fields: Record<number, Buffer[]> = {}
  let at = 0
  const readNumber = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(value)
    }
  }
  while (at < bytes.length) {
    const tag = readNumber()
    const kind = tag & 7
    const number = kind === 0 ? readNumber() : undefined
    const size = kind === 2 ? readNumber() : kind === 1 ? 8 : kind === 5 ? 4 : 0
    const value = number === undefined ? bytes.subarray(at, at + size) : Buffer.from(String(number))
    at += size
    fields[tag >> 3] = [...(fields[tag >> 3] ?? []), value]
  }
  return fields
}
