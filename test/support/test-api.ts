import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { ApplicationEntry } from '../../src/config/schema.ts'
import { newApiKey, type Scope } from '../../src/management-api/api-key.ts'
import { storedApiKeys } from './stored.ts'
import { type ReplicaOptions, type TestApp, testApp } from './test-app.ts'
import { watchAnswers } from './watch-answers.ts'

export type TestApi = Omit<TestApp, 'app'> & {
  /** The public server over the same database. */
  publicApp: FastifyInstance
  adminApp: FastifyInstance
  /** Starts another admin server over the same database. */
  startReplica: (more?: ReplicaOptions) => Promise<FastifyInstance>
  apiKeys: ReturnType<typeof storedApiKeys>
  /** Makes a key and returns it. Without scopes it may do everything. */
  makeKey: (limits?: {
    scopes?: readonly Scope[]
    applications?: readonly string[]
    expiresAt?: Date
  }) => Promise<string>
  /** Calls the management API, with a key that may do everything unless the headers say otherwise. */
  call: (method: Method, address: string, more?: CallOptions) => Promise<LightMyRequestResponse>
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
type CallOptions = { body?: object | string | Buffer; headers?: Record<string, string> }

/** The real admin server over a database of its own, serving the given applications (by default one, `crm`). */
export async function testApi(t: Test, ...changes: Partial<ApplicationEntry>[]): Promise<TestApi> {
  const { app: publicApp, ...rest } = await testApp(t, ...changes)
  const apiKeys = storedApiKeys(rest.prisma)
  watchAnswers(t, rest.adminApp)
  const startReplica: TestApi['startReplica'] = async more => {
    const { adminApp } = await rest.openReplica(more)
    watchAnswers(t, adminApp)
    return adminApp
  }
  const makeKey: TestApi['makeKey'] = async ({ scopes = ['admin'], applications = [], expiresAt } = {}) => {
    const { id, key, hash } = newApiKey()
    await apiKeys.create({ id, name: `key ${id}`, hash, scopes, applications, ...(expiresAt && { expiresAt }) })
    return key
  }
  const allowed = await makeKey()
  return {
    ...rest,
    publicApp,
    startReplica,
    apiKeys,
    makeKey,
    call: (method, url, { body, headers } = {}) =>
      rest.adminApp.inject({
        method,
        url,
        headers: { authorization: `Bearer ${allowed}`, ...headers },
        ...(body !== undefined && { payload: body }),
      }),
  }
}
