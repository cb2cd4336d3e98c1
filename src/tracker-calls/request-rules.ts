import type { IncomingMessage } from 'node:http'
import { Problem } from '../errors/problem.ts'

const mostHeaders = 100

/**
 * Refuses what HTTP libraries let through silently: Node drops headers past its own limit and takes the first of two
 * Authorization or Host headers. Throws Problem `headers-too-large` or `request-malformed`.
 */
export function checkHeaders({ rawHeaders, httpVersion }: IncomingMessage): void {
  if (rawHeaders.length > 2 * mostHeaders)
    throw new Problem(
      'headers-too-large',
      `The request has ${rawHeaders.length / 2} headers; ${mostHeaders} are taken.`,
    )
  const seen = { host: 0, authorization: 0 }
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (name.length === 4 && name.toLowerCase() === 'host') seen.host++
    else if (name.length === 13 && name.toLowerCase() === 'authorization') seen.authorization++
  }
  if (seen.host === 0 && httpVersion !== '1.0') throw new Problem('request-malformed', 'The header Host is missing.')
  if (seen.host > 1) throw new Problem('request-malformed', 'The header Host is there twice.')
  if (seen.authorization > 1) throw new Problem('request-malformed', 'The header Authorization is there twice.')
}

/** Refuses a body that says it is something else than JSON; one that says nothing is taken as JSON. Throws Problem `media-type-unsupported`. */
export function checkJsonContentType(contentType: string | undefined): void {
  if (contentType === undefined || contentType.trim() === '') return
  const mediaType = (contentType.split(';', 1)[0] as string).trim().toLowerCase()
  if (mediaType === 'application/json' || mediaType === 'text/json' || /^application\/[\w.-]+\+json$/.test(mediaType))
    return
  throw new Problem('media-type-unsupported', 'The header Content-Type names something else than JSON.')
}
