// Platformatic DB: a REST server generated from the tables, with one hook for the token. It has routes for rows, not for
// Tracker's calls: a card is a row, each call creates one link row, and nothing writes the history.
import { create } from '@platformatic/db'

const { PORT, DATABASE_URL = '', TOKEN } = process.env
const server = { hostname: '127.0.0.1', port: Number(PORT) }

const config = {
  $schema: 'https://schemas.platformatic.dev/@platformatic/db/3.67.0.json',
  server: { ...server, logger: { level: 'info' as const } },
  db: {
    connectionString: DATABASE_URL,
    poolSize: 10,
    openapi: true,
    graphql: false,
    events: false,
    ignore: { _prisma_migrations: true, link_event: true, issue_alias: true },
  },
  plugins: { paths: [{ path: './platformatic-token.ts', encapsulate: false, options: { token: TOKEN } }] },
}
const app = await create(import.meta.dirname, config, { serverConfig: server })
await app.init()
await app.start({ listen: true })
