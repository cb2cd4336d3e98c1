import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../errors/problem.ts'

/** What is wrong with the form of a body by its headers, if it is compressed or not UTF-8: bytes are read as they are. */
export function bodyFormProblem(headers: IncomingHttpHeaders): Problem | undefined {
  const encoding = headers['content-encoding']
  // An empty header is none.
  if (encoding && encoding.toLowerCase() !== 'identity')
    return new Problem('media-type-unsupported', 'The header Content-Encoding says that the body is compressed.', {
      headers: { 'accept-encoding': 'identity' },
    })
  const type = headers['content-type']
  return type?.includes(';') && !charsetsOf(type).every(isUtf8)
    ? new Problem('media-type-unsupported', 'The charset in the header Content-Type is not utf-8.')
    : undefined
}

const charsetsOf = (type: string) => [...type.matchAll(/;\s*charset\s*=\s*"?([^;"]*)/gi)].map(([, name]) => name ?? '')
const isUtf8 = (charset: string) => /^utf-?8\s*$/i.test(charset)
