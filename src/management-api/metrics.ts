import type { FastifyPluginAsync } from 'fastify'
import { type Format, type Samples, writeSamples } from '../metrics/exposition.ts'

type Options = { scrape: (() => Promise<Samples>) | undefined }

/** For Prometheus. Without an API key, as the health: it shows names of applications and numbers, and nothing of an object or a link. */
export const metricsPage: FastifyPluginAsync<Options> = async (app, { scrape }) => {
  if (scrape === undefined) return
  app.get('/metrics', async (request, reply) => {
    const { type, text } = await writeSamples(await scrape(), formatFor(request.headers.accept))
    return reply.type(type).send(text)
  })
}

/** OpenMetrics, unless the caller names plain text and not it: promtool and older collectors. */
const formatFor = (accept = ''): Format =>
  accept.includes('text/plain') && !accept.includes('application/openmetrics-text') ? 'text' : 'openMetrics'
