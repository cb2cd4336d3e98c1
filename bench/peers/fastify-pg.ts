// Fastify and pg with prepared statements: the three calls as a good engineer writes them by hand. One statement a call, so
// that a change and its event are one transaction; a token check; a line in the log for each request.
import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify, { LogController } from 'fastify'
import { Pool } from 'pg'
import { answerSchema, bodySchema, cardSchema, removalSchema } from './schemas.ts'

const { PORT, DATABASE_URL, TOKEN } = process.env
const pool = new Pool({ connectionString: DATABASE_URL, max: 10 })
const app = Fastify({
  logger: { level: 'info' },
  logController: new LogController({ disableRequestLogging: true }),
})

const digest = (text: string) => createHash('sha256').update(text).digest()
const expected = digest(`OAuth ${TOKEN}`)

app.addHook('onRequest', async (request, reply) => {
  const sent = digest(request.headers.authorization ?? '')
  if (!timingSafeEqual(sent, expected))
    await reply.code(401).header('www-authenticate', 'OAuth').send({ error: 'wrong token' })
})

app.addHook('onResponse', async (request, reply) => {
  request.log.info({ method: request.method, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered')
})

const cardStatement = {
  name: 'card',
  text: `SELECT key, summary, icon_url, status_name, status_description, assignee_tracker_uid, assignee_login, updated
         FROM linked_object WHERE application_id = $1 AND key = $2`,
}

app.get<{ Params: { key: string } }>(
  '/bench/objects/:key',
  { schema: { response: { 200: cardSchema } } },
  async (request, reply) => {
    const { rows } = await pool.query({ ...cardStatement, values: ['bench', request.params.key] })
    const row = rows[0]
    if (!row) return reply.code(404).send({ error: 'no such object' })
    return {
      key: row.key,
      summary: row.summary,
      iconUrl: row.icon_url,
      status: { name: row.status_name, description: row.status_description },
      assignee: { trackerUid: Number(row.assignee_tracker_uid), login: row.assignee_login },
      updated: row.updated.toISOString().replace('Z', '+0000'),
    }
  },
)

const createStatement = {
  name: 'create',
  text: `WITH created AS (
           INSERT INTO link (application_id, issue_key, remote_key) SELECT $1, $2, unnest($3::text[])
           ON CONFLICT DO NOTHING RETURNING remote_key
         ), told AS (
           INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
           SELECT $1, 'created', $2, remote_key, 'tracker' FROM created
         ) SELECT remote_key FROM created`,
}

app.post<{ Body: { issueKey: string; entityIds: string[] } }>(
  '/bench/links',
  { schema: { body: bodySchema, response: { 200: answerSchema, 201: answerSchema } } },
  async (request, reply) => {
    const { issueKey, entityIds } = request.body
    const asked = [...new Set(entityIds)]
    // Sorted, so that two calls with the same keys cannot deadlock.
    const { rows } = await pool.query({ ...createStatement, values: ['bench', issueKey, asked.toSorted()] })
    const created = new Set(rows.map(row => row.remote_key))
    const links = asked.map(remoteKey => ({ remoteKey, created: created.has(remoteKey) }))
    return reply.code(created.size > 0 ? 201 : 200).send({ issueKey, links })
  },
)

const removeStatement = {
  name: 'remove',
  text: `WITH removed AS (
           DELETE FROM link WHERE application_id = $1 AND issue_key = $2 AND remote_key = $3
           RETURNING issue_key, remote_key, issue_id
         )
         INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind)
         SELECT $1, 'removed', issue_key, remote_key, issue_id, 'tracker' FROM removed`,
}

app.delete<{ Querystring: { issueKey: string; remoteKey: string } }>(
  '/bench/links',
  { schema: { querystring: removalSchema } },
  async (request, reply) => {
    const { issueKey, remoteKey } = request.query
    await pool.query({ ...removeStatement, values: ['bench', issueKey, remoteKey] })
    return reply.code(204).send()
  },
)

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
