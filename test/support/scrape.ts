import type { FastifyInstance } from 'fastify'

/** The series of a scrape, by what stands before the value. */
export type Series = Map<string, number>

/** Scrapes a server as Prometheus does, and reads what it says: one series a line. */
export async function scrape(adminApp: FastifyInstance): Promise<{ text: string; type: string; series: Series }> {
  const { body: text, headers } = await adminApp.inject({ url: '/metrics', headers: { accept: openMetrics } })
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  const series: Series = new Map()
  for (const line of lines) {
    const at = line.lastIndexOf(' ')
    series.set(line.slice(0, at), Number(line.slice(at + 1)))
  }
  return { text, type: String(headers['content-type']), series }
}

const openMetrics = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
