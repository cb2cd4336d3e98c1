import type { CalledApplication, CallKind, CallRecord, FaultName } from '../../application-calls/application-calls.ts'
import { fillTemplate } from '../../application-calls/fill-template.ts'
import type { Request } from '../../application-calls/send-call.ts'
import { type CallSettings, tokenHeader } from './call-settings.ts'

/** What is to be called, and with which keys. */
export type Order = {
  call: CallKind
  application: CalledApplication
  issueKey?: string
  remoteKeys: readonly string[]
  fault?: FaultName
}

/** A call before it is sent. Its state is `unsent` where it cannot be. */
export function describeCall(order: Order, settings: CallSettings): Omit<CallRecord, 'id'> {
  const { call, application, issueKey, remoteKeys } = order
  const { method, template, field } = {
    entityInfo: { method: 'GET', template: application.entityInfoUrl, field: 'entityInfoUrl' },
    createLink: { method: 'POST', template: application.createLinkUrl, field: 'createLinkUrl' },
    removeLink: { method: 'DELETE', template: application.removeLinkUrl, field: 'removeLinkUrl' },
  }[call] as { method: Request['method']; template: string | undefined; field: string }
  const common = {
    at: new Date(),
    call,
    applicationId: application.id,
    ...(issueKey !== undefined && { issueKey }),
    remoteKeys,
    method,
    requestHeaders: headersOf(call, settings, application, 'shown'),
    ...(call === 'createLink' && { requestBody: JSON.stringify({ issueKey, entityIds: remoteKeys }) }),
    state: 'unsent' as const,
    faults: order.fault ? [order.fault] : [],
  }
  const finding = (rule: string, hint: string) => [{ level: 'error' as const, field, rule, hint }]
  if (!template)
    return { ...common, address: '', findings: finding('is not registered, so nothing is called', 'Register one.') }
  try {
    const keys = { remoteKey: remoteKeys[0] ?? '', ...(issueKey !== undefined && { issueKey }) }
    const address = fillTemplate(template, keys, settings.keyEncoding)
    return { ...common, address, findings: [], state: 'sending' }
  } catch {
    return {
      ...common,
      address: '',
      findings: finding('cannot be filled with this key', 'A key is Unicode without half of a surrogate pair.'),
    }
  }
}

/** The headers of a call: as they are sent, or as they may be shown. */
export function headersOf(
  call: CallKind,
  settings: CallSettings,
  application: CalledApplication,
  form: 'value' | 'shown',
): Record<string, string> {
  const token = tokenHeader(settings, application)
  return {
    accept: '*/*',
    'user-agent': 'tracker-links-sandbox',
    ...(call === 'createLink' && { 'content-type': 'application/json' }),
    ...(token && { [token.name]: token[form] }),
  }
}
