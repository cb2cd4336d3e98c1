import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { onRequestHookHandler } from 'fastify'
import { Problem } from '../errors/problem.ts'
import { isRequestTarget } from './addresses/request-target.ts'

const mostHeaders = 100

/** The hook that refuses what is wrong with any request. */
export const checkRequest: onRequestHookHandler = (request, _reply, done) =>
  done(requestProblem(request.raw, request.originalUrl))

/** What is wrong with a request, whatever it asks for. `target` is as it came. */
export function requestProblem(request: IncomingMessage, target: string): Problem | undefined {
  return isRequestTarget(target)
    ? headersProblem(request)
    : new Problem('request-malformed', 'The request target is neither a path nor a whole URL of http or https.')
}

/**
 * What is wrong with the headers, if anything, that Node lets through silently: it drops headers past its own limit and takes
 * the first of two Authorization or Host headers.
 */
function headersProblem({ rawHeaders, httpVersion }: IncomingMessage): Problem | undefined {
  if (rawHeaders.length > 2 * mostHeaders) {
    const count = `The request has ${rawHeaders.length / 2} headers; at most ${mostHeaders} are accepted.`
    return new Problem('headers-too-large', count)
  }
  const [hosts, authorizations] = [countOf('host', rawHeaders), countOf('authorization', rawHeaders)]
  if (hosts === 0 && httpVersion !== '1.0') return new Problem('request-malformed', 'The header Host is missing.')
  if (hosts > 1) return new Problem('request-malformed', 'The header Host is given twice.')
  if (authorizations > 1) return new Problem('request-malformed', 'The header Authorization is given twice.')
  return undefined
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const one = rawHeaders[index] as string
    if (one.length === name.length && one.toLowerCase() === name) count++
  }
  return count
}

/** What is wrong with the content type of a body, if it names anything but JSON; a missing one is taken as JSON. */
export function contentTypeProblem(contentType: string | undefined): Problem | undefined {
  if (contentType === undefined || contentType.trim() === '') return undefined
  const mediaType = (contentType.split(';', 1)[0] as string).trim().toLowerCase()
  return /^(application|text)\/json$|^application\/[\w.-]+\+json$/.test(mediaType)
    ? undefined
    : new Problem('media-type-unsupported', 'The header Content-Type names something other than JSON.')
}

/**
 * Refuses a content type of no body: neither Content-Length nor Transfer-Encoding says that there is one, so Node reads none (the option
 * `optimizeEmptyRequests` of app.ts), and Fastify would wait for its end for ever.
 */
export function noBodyProblem(headers: IncomingHttpHeaders): Problem | undefined {
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return undefined
  return headers['content-type'] === undefined ? undefined : new Problem('body-not-json', 'The body is empty.')
}
