import { type CallSettings, presentToken } from './call-settings.ts'
import type { Call } from './calls.ts'
import { fillTemplate } from './fill-template.ts'
import { type Finding, warning } from './finding.ts'

/** A call as it goes out. */
export type WrittenCall = {
  method: 'GET' | 'POST' | 'DELETE'
  /** The filled template; empty if there is nothing to call, and then `finding` says why. */
  address: string
  headers: Record<string, string>
  /** The headers with `***` in place of the token. */
  shownHeaders: Record<string, string>
  body?: string
  /** The token in the headers, to be hidden wherever the answer repeats it. */
  token?: string
  finding?: Finding
}

const forms = {
  entityInfo: { method: 'GET', templateField: 'entityInfoUrl' },
  createLink: { method: 'POST', templateField: 'createLinkUrl' },
  removeLink: { method: 'DELETE', templateField: 'removeLinkUrl' },
} as const

/** Writes a call as Tracker does. `userAgent` names the program that plays Tracker. */
export function writeCall(call: Call, settings: CallSettings, userAgent: string): WrittenCall {
  const { kind, application, issueKey, remoteKeys } = call
  const presented = presentToken(settings, application)
  const headers = {
    accept: '*/*',
    'user-agent': userAgent,
    ...(kind === 'createLink' && { 'content-type': 'application/json' }),
  }
  return {
    method: forms[kind].method,
    headers: presented ? { ...headers, [presented.name]: presented.value } : headers,
    shownHeaders: presented ? { ...headers, [presented.name]: presented.shown } : headers,
    ...(kind === 'createLink' && { body: JSON.stringify({ issueKey, entityIds: remoteKeys }) }),
    ...(presented && { token: presented.token }),
    ...writeAddress(call, settings),
  }
}

/** The documents require none of the three addresses. */
const optionalField = 'Register one if Tracker is to make this call.'

function writeAddress(call: Call, { keyEncoding }: CallSettings): Pick<WrittenCall, 'address' | 'finding'> {
  const { kind, application, issueKey, remoteKeys } = call
  const field = forms[kind].templateField
  const template = application[field]
  if (!template)
    return { address: '', finding: warning(field, 'is not registered, so nothing is called', optionalField) }
  try {
    const keys = { remoteKey: remoteKeys[0] ?? '', ...(issueKey !== undefined && { issueKey }) }
    return { address: fillTemplate(template, keys, keyEncoding) }
  } catch {
    const rule = 'cannot be filled with this key'
    return { address: '', finding: warning(field, rule, 'A key must not contain half of a surrogate pair.') }
  }
}
