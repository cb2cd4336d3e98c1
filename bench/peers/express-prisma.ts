// Express and Prisma, as most people write the three calls: Prisma's own methods, an interactive transaction if two
// tables change, checks by hand. It has no log.
import { PrismaPg } from '@prisma/adapter-pg'
import express, { type ErrorRequestHandler } from 'express'
import { PrismaClient } from '../.generated/prisma-client/client.ts'

const { PORT, DATABASE_URL = '', TOKEN } = process.env
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: DATABASE_URL, max: 10 }) })
const app = express()
const applicationId = 'bench'

app.use((req, res, next) => {
  if (req.headers.authorization !== `OAuth ${TOKEN}`) res.status(401).json({ error: 'wrong token' })
  else next()
})
app.use(express.json())

app.get('/bench/objects/:key', async (req, res) => {
  const object = await prisma.linkedObject.findUnique({
    where: { applicationId_key: { applicationId, key: req.params.key } },
  })
  if (!object) {
    res.status(404).json({ error: 'no such object' })
    return
  }
  res.json({
    key: object.key,
    summary: object.summary,
    iconUrl: object.iconUrl,
    status: { name: object.statusName, description: object.statusDescription },
    assignee: { trackerUid: Number(object.assigneeTrackerUid), login: object.assigneeLogin },
    updated: object.updated?.toISOString().replace('Z', '+0000'),
  })
})

app.post('/bench/links', async (req, res) => {
  const { issueKey, entityIds } = req.body as { issueKey?: unknown; entityIds?: unknown }
  if (typeof issueKey !== 'string' || !isTexts(entityIds)) {
    res.status(400).json({ error: 'wrong body' })
    return
  }

  const created = await prisma.$transaction(async transaction => {
    const links = await transaction.link.createManyAndReturn({
      data: entityIds.map(remoteKey => ({ applicationId, issueKey, remoteKey })),
      skipDuplicates: true,
    })
    await transaction.linkEvent.createMany({
      data: links.map(({ remoteKey }) => ({
        applicationId,
        kind: 'created',
        issueKey,
        remoteKey,
        actorKind: 'tracker',
      })),
    })
    return new Set(links.map(link => link.remoteKey))
  })
  res
    .status(created.size > 0 ? 201 : 200)
    .json({ issueKey, links: entityIds.map(remoteKey => ({ remoteKey, created: created.has(remoteKey) })) })
})

app.delete('/bench/links', async (req, res) => {
  const { issueKey, remoteKey } = req.query
  if (typeof issueKey !== 'string' || typeof remoteKey !== 'string') {
    res.status(400).json({ error: 'wrong address' })
    return
  }

  await prisma.$transaction(async transaction => {
    const { count } = await transaction.link.deleteMany({ where: { applicationId, issueKey, remoteKey } })
    if (count > 0)
      await transaction.linkEvent.create({
        data: { applicationId, kind: 'removed', issueKey, remoteKey, actorKind: 'tracker' },
      })
  })
  res.status(204).end()
})

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every(item => typeof item === 'string')

const answerFault: ErrorRequestHandler = (error, _req, res, _next) => {
  console.error(error)
  res.status(500).json({ error: 'the server failed' })
}
app.use(answerFault)

app.listen(Number(PORT), '127.0.0.1')
