// A program that answers the three calls rightly except for one lie, named by LIE. The bench must notice each lie.
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { card, objectKey } from '../load/data.ts'

const { PORT, DATABASE_URL, TOKEN, LIE = '' } = process.env
const pool = new Pool({
  connectionString: DATABASE_URL,
  max: 10,
  ...(LIE === 'commits without waiting for the disk' && { options: '-c synchronous_commit=off' }),
})
type Answer = (status: number, body?: unknown) => void
let requests = 0
const stillness = new Int32Array(new SharedArrayBuffer(4))

async function info(key: string, answer: Answer): Promise<void> {
  const object = Number(key.slice('deal-'.length))
  const isWrong = LIE === 'shows a wrong card' || (LIE === 'shows a wrong card now and then' && object % 20 === 7)
  answer(200, card(isWrong ? object + 1 : object))
}

async function create(issueKey: string, keys: readonly string[], answer: Answer): Promise<void> {
  const body = { issueKey, links: keys.map(remoteKey => ({ remoteKey, created: true })) }
  const insert = `INSERT INTO link (application_id, issue_key, remote_key) SELECT 'bench', $1, unnest($2::text[])`
  const sooner = LIE === 'acknowledges before it writes' || (LIE === 'acknowledges early under load' && requests > 100)
  if (sooner) {
    answer(201, body)
    await sleep(20)
  }
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query(insert, [issueKey, keys])
  if (LIE === 'acknowledges before the commit') answer(201, body)
  await client.query('COMMIT')
  client.release()
  if (!sooner && LIE !== 'acknowledges before the commit') answer(201, body)
}

async function remove(issueKey: string, remoteKey: string, answer: Answer): Promise<void> {
  const where = `application_id = 'bench' AND issue_key = $1 AND remote_key = $2`
  if (LIE !== 'removes nothing') await pool.query(`DELETE FROM link WHERE ${where}`, [issueKey, remoteKey])
  answer(204)
}

async function handle(request: IncomingMessage, answer: Answer): Promise<void> {
  if (LIE !== 'takes any token' && request.headers.authorization !== `OAuth ${TOKEN}`) return answer(401)
  if (LIE === 'fails now and then' && requests % 300 === 299) return answer(500, { error: 'now and then' })
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (request.method === 'GET') return info(url.pathname.split('/').at(-1) ?? objectKey(0), answer)
  if (request.method === 'DELETE')
    return remove(url.searchParams.get('issueKey') ?? '', url.searchParams.get('remoteKey') ?? '', answer)
  const { issueKey, entityIds } = JSON.parse(await text(request))
  return create(issueKey, entityIds, answer)
}

createServer((request, response) => {
  requests++
  if (LIE === 'stands still now and then' && requests % 200 === 0) Atomics.wait(stillness, 0, 0, 300)
  if (LIE !== 'writes no log') console.log(`${request.method} ${request.url}`)
  void handle(request, (status, body) => {
    const bytes = body === undefined ? '' : JSON.stringify(body)
    response.writeHead(status, status === 204 ? {} : { 'content-length': Buffer.byteLength(bytes) }).end(bytes)
  })
}).listen(Number(PORT), '127.0.0.1')
