import type { ErrorCode } from './catalogue.ts'
import { Problem } from './problem.ts'

// Errors of Fastify and of Node's HTTP parser by their codes: the code of the catalogue, and the detail for the caller.
const known: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than 256 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'media-type-unsupported',
    'This call does not accept the type in the header Content-Type.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['body-not-json', 'The body is empty, but Content-Type says JSON.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['body-not-json', 'The body is not JSON.'],
  FST_ERR_NOT_FOUND: ['no-such-address', 'Nothing answers at this address.'],
  FST_ERR_BAD_URL: ['request-malformed', 'The address is not percent-encoded UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['address-too-long', 'A part of the address is too long.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['request-malformed', 'The body is not as long as Content-Length says.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The whole request did not arrive in time.'],
  ERR_STREAM_PREMATURE_CLOSE: ['request-malformed', 'The connection was closed in the middle of the request.'],
  ECONNRESET: ['request-malformed', 'The connection was closed in the middle of the request.'],
}

/** The Problem for an error of the HTTP layer; undefined for any other error. */
export function httpProblem(error: unknown): Problem | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const found = known[code]
  if (found) return new Problem(found[0], found[1], { cause: error })
  if (code.startsWith('FST_') && isClientError(error))
    return new Problem('request-malformed', 'The request breaks a rule of HTTP.', { cause: error })
  if (code.startsWith('HPE_'))
    return new Problem('request-malformed', 'The request line or a header is not well-formed HTTP.', { cause: error })
  return undefined
}

const isClientError = (error: unknown) => {
  const { statusCode = 500 } = error as { statusCode?: number }
  return statusCode >= 400 && statusCode < 500
}
