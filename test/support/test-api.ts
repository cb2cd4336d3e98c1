import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { type AppOptions, buildAdminApp } from '../../src/app.ts'
import type { ApplicationEntry } from '../../src/config/schema.ts'
import { createChangeFeed } from '../../src/links/change-feed.ts'
import { newApiKey, type Scope } from '../../src/management-api/api-key.ts'
import type { ManagementApiOptions } from '../../src/management-api/index.ts'
import { type ApiKeyStore, apiKeyStore } from '../../src/storage/keys/api-key-store.ts'
import { idempotentAnswers } from '../../src/storage/keys/idempotent-answers.ts'
import { linkFeed } from '../../src/storage/links/link-feed.ts'
import { type TestApp, testApp } from './test-app.ts'
import { watchAnswers } from './watch-answers.ts'

export type TestApi = Omit<TestApp, 'app'> & {
  /** The public server over the same database. */
  publicApp: FastifyInstance
  adminApp: FastifyInstance
  /** Starts another admin server over the same database. */
  startReplica: (more?: Partial<ManagementApiOptions & AppOptions>) => Promise<FastifyInstance>
  apiKeys: ApiKeyStore
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
  const { app: publicApp, applications, ...rest } = await testApp(t, ...changes)
  const apiKeys = apiKeyStore(rest.prisma)
  const startReplica: TestApi['startReplica'] = async more => {
    const app = await buildAdminApp({
      ...rest,
      log: rest.logger,
      isReady: async () => true,
      applications,
      apiKeys,
      idempotentAnswers: idempotentAnswers(rest.prisma),
      feed: createChangeFeed(linkFeed(rest.prisma)),
      ...more,
    })
    t.teardown(() => app.close())
    watchAnswers(t, app)
    return app
  }
  const adminApp = await startReplica()
  const makeKey: TestApi['makeKey'] = async ({ scopes = ['admin'], applications = [], expiresAt } = {}) => {
    const { id, key, hash } = newApiKey()
    await apiKeys.create({ id, name: `key ${id}`, hash, scopes, applications, ...(expiresAt && { expiresAt }) })
    return key
  }
  const allowed = await makeKey()
  return {
    ...rest,
    applications,
    publicApp,
    adminApp,
    startReplica,
    apiKeys,
    makeKey,
    call: (method, url, { body, headers } = {}) =>
      adminApp.inject({
        method,
        url,
        headers: { authorization: `Bearer ${allowed}`, ...headers },
        ...(body !== undefined && { payload: body }),
      }),
  }
}
