import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server knows while it answers one call. Faulty servers change some of it. */
export type Call = {
  request: IncomingMessage
  response: ServerResponse
  method: string
  /** Divided at its slashes first, decoded then. */
  path: readonly string[]
  query: URLSearchParams
  body: Buffer
}

/** What a server does; each step may be replaced. */
export type Behaviour = {
  isLetIn: (call: Call) => boolean
  /** The card of an object; undefined if there is none. */
  card: (key: string, call: Call) => Record<string, unknown> | undefined
  answerCard: (call: Call, key: string) => void
  create: (call: Call) => void
  remove: (call: Call, link: { issueKey: string; remoteKey: string }) => void
  /** Before everything else; true if it has answered. */
  first: (call: Call) => boolean
}

/** What a faulty server does otherwise, with the correct behaviour at hand. */
export type Change = (correct: Behaviour, links: Set<string>) => Partial<Behaviour>

export const token = 'canary-kit-5Q7wX2mK9vT4bN8sW3yF6hJ1'
export const objects = ['D-1', 'D-2', 'D-3']

export type Played = { url: string; links: Set<string>; server: Server; close: () => Promise<void> }

/** An application that answers the three calls as it should, apart from what is changed in it. */
export async function playApplication(
  change: Change = () => ({}),
  { malformed = 400 }: { malformed?: number } = {},
): Promise<Played> {
  const links = new Set<string>()
  const correct = correctBehaviour(links)
  const behaviour = { ...correct, ...change(correct, links) }
  const server = createServer(
    (request, response) =>
      void answer(behaviour, { request, response, malformed }).catch(() => {
        if (!response.headersSent) response.writeHead(500).end()
      }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, links, server, close }
}

export const json = ({ response }: Call, status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body))

export const refuse = (call: Call, status: number): void => json(call, status, { status })

const exampleCard = (key: string, { request }: Call) => ({
  key,
  summary: `Object ${key}`,
  iconUrl: `http://${request.headers.host}/icon.svg`,
  status: { name: 'Open', description: 'Being worked on' },
  resolution: { name: 'Fixed' },
  assignee: { trackerUid: 8_000_000_000_000_001, login: 'user1' },
  updated: '2026-05-02T10:11:12.345+0000',
  deadline: '2026-06-01T00:00:00.000+0300',
})

const correctBehaviour = (links: Set<string>): Behaviour => ({
  isLetIn: ({ request }) => /^(OAuth|Bearer) +(\S+)$/i.exec(only(request) ?? '')?.[2] === token,
  card: (key, call) => (objects.includes(key) ? exampleCard(key, call) : undefined),
  answerCard(call, key) {
    const card = this.card(key, call)
    if (card) json(call, 200, card, { 'cache-control': 'max-age=60' })
    else refuse(call, 404)
  },
  create(call) {
    const wish = readWish(call)
    if (!wish) return refuse(call, 400)
    for (const key of wish.entityIds) links.add(JSON.stringify([wish.issueKey, key]))
    json(call, 201, { created: wish.entityIds.length })
  },
  remove({ response }, { issueKey, remoteKey }) {
    links.delete(JSON.stringify([issueKey, remoteKey]))
    response.writeHead(204).end()
  },
  first: call => {
    if (call.path[0] !== 'icon.svg') return false
    call.response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg"/>')
    return true
  },
})

/** The token's header, if it came once. */
function only({ headersDistinct }: IncomingMessage): string | undefined {
  const all = headersDistinct.authorization ?? []
  return all.length === 1 ? all[0] : undefined
}

export function readWish(call: Call): { issueKey: string; entityIds: string[] } | undefined {
  if (!/^application\/json\s*(;|$)/i.test(call.request.headers['content-type'] ?? '')) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(call.body)
    const { issueKey, entityIds } = JSON.parse(text) as Record<string, unknown>
    if (typeof issueKey !== 'string' || !Array.isArray(entityIds)) return undefined
    const keys = entityIds.map(id => (typeof id === 'number' ? String(id) : id))
    return keys.every(key => typeof key === 'string') ? { issueKey, entityIds: keys } : undefined
  } catch {
    return undefined
  }
}

const bodyMost = 1024 * 1024

async function answer(
  behaviour: Behaviour,
  { request, response, malformed }: Pick<Call, 'request' | 'response'> & { malformed: number },
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  let decoded: string[]
  try {
    decoded = path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    response.writeHead(malformed, { 'content-type': 'application/json' }).end('{}')
    return
  }
  const call: Call = {
    request,
    response,
    method: request.method === 'HEAD' ? 'GET' : (request.method ?? ''),
    path: decoded,
    query: new URLSearchParams(query),
    body: Buffer.alloc(0),
  }
  if (behaviour.first(call)) return
  if (!behaviour.isLetIn(call)) return refuse(call, 401)
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > bodyMost) {
      refuse(call, 413)
      request.destroy()
      return
    }
    pieces.push(piece)
  }
  route(behaviour, { ...call, body: Buffer.concat(pieces) })
}

function route(behaviour: Behaviour, call: Call): void {
  const [first, ...rest] = call.path
  const { issueKey = '', remoteKey = '' } = Object.fromEntries(call.query)
  if (first === 'objects' && call.method === 'GET') {
    const key = call.query.get('key') ?? rest.join('/')
    behaviour.answerCard(call, behaviour.card(key, call) ? key : key.replace(/\/$/, ''))
  } else if (first !== 'links') refuse(call, 404)
  else if (call.method === 'POST') behaviour.create(call)
  else if (call.method !== 'DELETE') refuse(call, 405)
  else if (issueKey === '' || remoteKey === '') refuse(call, 400)
  else behaviour.remove(call, { issueKey, remoteKey })
}
