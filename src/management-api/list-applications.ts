import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../config/schema.ts'
import { callerOf, mayUse } from './authenticate.ts'

const application = {
  title: 'Application',
  type: 'object',
  required: ['id', 'name', 'source'],
  properties: {
    id: { type: 'string', description: 'Id of the application, as in the addresses of this API.' },
    name: { type: 'string', description: 'Name that Tracker shows.' },
    source: { enum: ['store', 'http', 'sql', 'module'], description: 'Where its objects come from.' },
  },
} as const

const answer = {
  type: 'object',
  required: ['applications'],
  properties: { applications: { type: 'array', items: application } },
} as const

/** The applications that a key may use. */
export const listApplications: FastifyPluginAsync<{ applications: ReadonlyMap<string, Application> }> = async (
  app,
  { applications },
) => {
  const schema = {
    operationId: 'listApplications',
    tags: ['Applications'],
    summary: 'The applications that this key may use',
    response: { 200: { ...answer, description: 'The applications, in the order of the configuration.' } },
  }
  app.get('/api/applications', { schema }, async request => ({
    applications: [...applications.values()]
      .filter(({ id }) => mayUse(callerOf(request), id))
      .map(({ id, name, objects }) => ({ id, name, source: objects.source })),
  }))
}
