import { isDeepStrictEqual } from 'node:util'
import type { Call } from './calls.ts'
import { applicationId, card, objectKey } from './data.ts'
import type { Target } from './job.ts'

/** How to write the calls for a program, and what a right answer is. */
export type Dialect = {
  /** The whole HTTP request. */
  request: (call: Call) => string
  status: (call: Call) => number
  /** Whether a body is the right answer to a call. */
  isRight: (call: Call, body: string) => boolean
}

/** How to speak to a program. */
export function dialectOf(target: Target): Dialect {
  const head = `HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nAuthorization: OAuth ${target.token}\r\n`
  const get = (path: string) => `GET ${path} ${head}\r\n`
  const remove = (path: string) => `DELETE ${path} ${head}\r\n`
  const post = (path: string, body: string) =>
    `POST ${path} ${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  return { tracker, fixed, platformatic }[target.dialect](get, post, remove)
}

type Maker = (
  get: (path: string) => string,
  post: (path: string, body: string) => string,
  remove: (path: string) => string,
) => Dialect

/** Tracker's three calls, at the server's default addresses. */
const tracker: Maker = (get, post, remove) => ({
  request: call => {
    if (call.kind === 'info') return get(`/${applicationId}/objects/${objectKey(call.object)}`)
    if (call.kind === 'remove')
      return remove(`/${applicationId}/links?issueKey=${call.issueKey}&remoteKey=${call.remoteKeys[0]}`)
    return post(`/${applicationId}/links`, JSON.stringify({ issueKey: call.issueKey, entityIds: call.remoteKeys }))
  },
  status: ({ kind }) => ({ info: 200, create: 201, repeat: 200, remove: 204 })[kind],
  isRight: (call, body) => {
    if (call.kind === 'remove') return body === ''
    if (call.kind === 'info') return isDeepStrictEqual(parse(body), card(call.object))
    const links = call.remoteKeys.map(remoteKey => ({ remoteKey, created: call.kind === 'create' }))
    return isDeepStrictEqual(parse(body), { issueKey: call.issueKey, links })
  },
})

/** The same requests to a program that always answers the same. */
const fixed: Maker = (get, post, remove) => ({
  request: tracker(get, post, remove).request,
  status: ({ kind }) => ({ info: 200, create: 201, repeat: 201, remove: 204 })[kind],
  isRight: ({ kind }, body) => {
    if (kind === 'remove') return body === ''
    if (kind === 'info') return isDeepStrictEqual(parse(body), card(0))
    return isDeepStrictEqual(parse(body), { issueKey: 'FIXED-1', links: [{ remoteKey: 'fixed', created: true }] })
  },
})

/** Platformatic DB: the rows of the tables. It creates one link a call. */
const platformatic: Maker = (get, post, remove) => {
  return {
    request: call => {
      if (call.kind === 'info') return get(`/linkedObject/applicationId/${applicationId}/key/${objectKey(call.object)}`)
      const { issueKey, remoteKeys } = call
      if (call.kind === 'remove')
        return remove(`/link/applicationId/${applicationId}/issueKey/${issueKey}/remoteKey/${remoteKeys[0]}`)
      return post('/link/', JSON.stringify({ applicationId, issueKey, remoteKey: remoteKeys[0] }))
    },
    status: () => 200,
    isRight: (call, body) => {
      const row = parse(body) as Record<string, unknown> | undefined
      if (call.kind === 'info') return row?.key === objectKey(call.object) && row.summary === card(call.object).summary
      return row?.issueKey === call.issueKey && row.remoteKey === call.remoteKeys[0]
    },
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
