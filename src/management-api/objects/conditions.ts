import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../../errors/problem.ts'
import type { ObjectCheck } from '../../storage/objects/change-object.ts'
import { isKnown, namesEtag } from '../../values/etag.ts'
import { objectEtag } from './object-json.ts'

/** The check that If-Match and If-None-Match of a write demand, if any. It throws Problem `object-changed`. */
export function readConditions(headers: IncomingHttpHeaders): ObjectCheck | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  if (match === undefined && noneMatch === undefined) return undefined
  return stored => {
    const etag = stored && objectEtag(stored)
    if (match !== undefined && (etag === undefined || !namesEtag(match, etag)))
      throw changed(etag === undefined ? 'there is no such object' : 'it is in another state', 'If-Match', etag)
    if (etag !== undefined && isKnown(noneMatch, etag)) throw changed('it exists', 'If-None-Match', etag)
  }
}

const changed = (how: string, header: string, etag: string | undefined) =>
  new Problem('object-changed', `The object is not as ${header} says: ${how}.`, {
    headers: etag === undefined ? {} : { etag },
  })
