import type { FastifyPluginAsync } from 'fastify'
import { ConfigFaults } from '../config/config-faults.ts'
import type { ApplicationChanges } from '../config/what-changed.ts'
import { invalidInput, Problem } from '../errors/problem.ts'
import { callerOf } from './authenticate.ts'

/** What a reload changed. */
export type Reloaded = {
  applications: ApplicationChanges
  /** Settings that differ but stay as they were until a restart, by their variables. */
  needRestart: string[]
  /** What the owner should know of the configuration, in sentences. */
  notices: string[]
}

const ids = (description: string) => ({ type: 'array', items: { type: 'string' }, description }) as const

const answer = {
  type: 'object',
  required: ['applications', 'needRestart', 'notices'],
  properties: {
    applications: {
      type: 'object',
      required: ['added', 'removed', 'changed'],
      description: 'Ids of the applications that are served otherwise than before.',
      properties: {
        added: ids('Served from now on.'),
        removed: ids('Served no more. Their links and objects stay stored.'),
        changed: ids('With other settings, or with another secret.'),
      },
    },
    needRestart: ids('Settings that differ as well but stay as they were until a restart, by their variables.'),
    notices: ids('What the owner should know of the configuration.'),
  },
} as const

const schema = {
  operationId: 'reloadConfiguration',
  tags: ['Server'],
  summary: 'Read the configuration anew',
  description:
    'Reads the configuration file, the files of variables and the secrets anew, checks them, and serves them from the next call on; calls in flight end with the former. With any fault nothing changes. It needs a key that is not limited to applications, and concerns this server only, with all its workers: each replica is told by itself.',
  response: { 200: { ...answer, description: 'The configuration is served.' } },
} as const

/** Reads the configuration anew and serves it. */
export const reloadConfiguration: FastifyPluginAsync<{ reload: () => Promise<Reloaded> }> = async (app, { reload }) => {
  app.post(
    '/api/reload',
    { schema, config: { scopes: ['admin'], errors: ['configuration-invalid', 'nothing-to-reload'] } },
    async request => {
      if (callerOf(request).applications.size > 0)
        throw new Problem('api-key-not-allowed', 'The API key is limited to applications, and the server has others.')
      return await reload().catch(refuseFaults)
    },
  )
}

function refuseFaults(error: unknown): never {
  if (!(error instanceof ConfigFaults)) throw error
  throw invalidInput(
    'configuration-invalid',
    error.faults.map(({ place, field, rule, hint }) => ({ field: place ? `${place} ${field}` : field, rule, hint })),
  )
}
