/**
 * Whether If-None-Match says that the caller has this state already (RFC 9110, 13.1.2: weak comparison; `*` names any). ETags of
 * this server hold no comma.
 */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch === etag || namesEtag(ifNoneMatch.replaceAll('W/"', '"'), etag)
}

/** Whether a list of ETags such as If-Match names this one (strong comparison); `*` names any. */
export function namesEtag(list: string, etag: string): boolean {
  return list.split(',').some(one => one.trim() === etag || one.trim() === '*')
}
