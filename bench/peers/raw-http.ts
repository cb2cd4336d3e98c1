// The limit below every framework: Node's own HTTP server with the same fixed answers as bare Fastify, in one write each.
import { createServer } from 'node:http'
import { card } from '../load/data.ts'

const fixedCard = JSON.stringify(card(0))
const fixedAnswer = JSON.stringify({ issueKey: 'FIXED-1', links: [{ remoteKey: 'fixed', created: true }] })
const headersOf = (body: string) => ({
  'content-type': 'application/json; charset=utf-8',
  'content-length': Buffer.byteLength(body),
})
const [cardHeaders, answerHeaders] = [headersOf(fixedCard), headersOf(fixedAnswer)]

createServer((request, response) => {
  if (request.method === 'GET') response.writeHead(200, cardHeaders).end(fixedCard)
  else if (request.method === 'DELETE') response.writeHead(204).end()
  else request.resume().on('end', () => response.writeHead(201, answerHeaders).end(fixedAnswer))
}).listen(Number(process.env.PORT), '127.0.0.1')
