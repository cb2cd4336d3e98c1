import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { apiServerOptions, trackerApi } from '../../src/sandbox/api/index.ts'
import type { ApplicationCalls, CallRecord } from '../../src/sandbox/call-desk/call-record.ts'
import type { Application } from '../../src/sandbox/world/records.ts'
import { createWorld, type World, type WorldOptions } from '../../src/sandbox/world/world.ts'

export const crm: Application = {
  id: 'crm',
  name: 'Example CRM',
  defaultIconUrl: 'https://crm.example/icon.svg',
  frontUrl: 'https://crm.example/{{remoteKey}}',
  responsible: 'user1',
  oauthToken: 'canary-fixed',
}

/** The host in the answers of `inject`. */
export const host = 'http://tracker.example'

export type Answer = { status: number; body: unknown; headers: Record<string, string> }
export type Played = {
  world: World
  app: FastifyInstance
  /** The calls to the application, such as `createLink crm TEST-1 1234`. */
  called: string[]
  ask: (method: string, url: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
}

/** Tracker's API over a world, without pages. The application only records its calls. */
export async function playTracker(t: Test, options: WorldOptions = {}, made?: World): Promise<Played> {
  const world = made ?? createWorld({ applications: [crm], ...options })
  const called: string[] = []
  const app = Fastify({ ...apiServerOptions, forceCloseConnections: true })
  await app.register(trackerApi, { world, calls: callsInto(called) })
  t.teardown(() => app.close())
  return {
    world,
    app,
    called,
    async ask(method, url, body, headers = {}) {
      const authorization = { authorization: 'OAuth canary-sandbox', host: new URL(host).host }
      const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }
      const answer = await app.inject({
        method: method as 'GET',
        url,
        headers: { ...authorization, ...headers },
        ...payload,
      })
      return {
        status: answer.statusCode,
        body: answer.body && JSON.parse(answer.body),
        headers: answer.headers as Record<string, string>,
      }
    },
  }
}

function callsInto(called: string[]): ApplicationCalls {
  const write = async (words: string) => {
    called.push(words)
    return {} as CallRecord
  }
  return {
    entityInfo: ({ id }, remoteKey) => write(`entityInfo ${id} ${remoteKey}`),
    createLink: ({ id }, issueKey, keys) => write(`createLink ${id} ${issueKey} ${keys.join(' ')}`),
    removeLink: ({ id }, issueKey, remoteKey) => write(`removeLink ${id} ${issueKey} ${remoteKey}`),
  }
}

/** What Tracker's documents print of a user, before 2025 and since. */
export const oldUser = (version: string, uid: string, display: string) => ({
  self: `${host}/${version}/users/${uid}`,
  id: uid,
  display,
})
const newUser = (uid: string, login: string, display: string) => ({
  ...oldUser('v3', uid, display),
  cloudUid: `aje${login.padStart(17, '0')}`,
  passportUid: Number(uid),
})
export const userOne = newUser('1111111111111111', 'user1', 'User One')
export const userTwo = newUser('1111111111111112', 'user2', 'User Two')

/** An error in Tracker's form, to be matched: messages by field, and messages without one. */
export const refused = (statusCode: number, errors: Record<string, unknown>, errorMessages: unknown[] = []) => ({
  status: statusCode,
  body: { errors, errorMessages, statusCode },
})
