import {
  type ApplicationCalls,
  type CalledApplication,
  type CallKind,
  type CallRecord,
  callKinds,
} from '../../application-calls/application-calls.ts'
import { checkAnswer } from '../../application-calls/check-answer.ts'
import { type CallSender, createCallSender } from '../../application-calls/send-call.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import { type CallSettings, standardCallSettings, tokenHeader } from './call-settings.ts'
import { describeCall, headersOf, type Order } from './describe-call.ts'
import { completeFaults, type Faults } from './faults.ts'
import { createHoldBack } from './hold-back.ts'

/** The three calls, and what steers and remembers them. */
export type CallDesk = ApplicationCalls & {
  log: CallLog
  faults: () => Faults
  setFaults: (faults: Faults) => void
  settings: () => CallSettings
  setSettings: (settings: CallSettings) => void
  /** Forgets what is held back and ends what is under way. */
  close: () => Promise<void>
}

/** Characters of a body that a record keeps. */
const bodyShown = 8192

/**
 * Tracker towards the applications. `timeout` and `holdBack` in milliseconds: how long an answer is waited for, and how
 * long a call is held back for another to overtake it. `formerKeys` are those that an issue had before it was moved.
 */
export function createCallDesk({
  timeout = 10_000,
  holdBack = 10_000,
  formerKeys,
}: {
  timeout?: number
  holdBack?: number
  formerKeys: (issueKey: string) => readonly string[]
}): CallDesk {
  const log = createCallLog()
  const sender = createCallSender(timeout)
  const held = createHoldBack(holdBack)
  let faults = completeFaults({})
  let settings = standardCallSettings

  /** Makes one call, or what its faults make of it. The record is of the first where there are two. */
  async function make(order: Order): Promise<CallRecord> {
    const mine = faults[order.call]
    if (mine.dropped)
      return log.put({ ...describeCall(order, settings), id: log.nextId(), state: 'unsent', faults: ['dropped'] })
    if (mine.outOfOrder) return hold(order)
    const id = log.nextId()
    const first = send(order, { id })
    if (mine.twiceAtOnce) await send({ ...order, fault: 'twiceAtOnce' }, { copyOf: id })
    const record = await first
    if (mine.repeated) await send({ ...order, fault: 'repeated' }, { copyOf: id })
    return record
  }

  function hold(order: Order): CallRecord {
    const record = log.put({
      ...describeCall(order, settings),
      id: log.nextId(),
      state: 'held',
      faults: ['outOfOrder'],
    })
    held.add(order, async () => {
      await send({ ...order, fault: 'outOfOrder' }, { id: record.id })
    })
    return record
  }

  async function send(
    order: Order,
    { id = log.nextId(), copyOf }: { id?: number; copyOf?: number },
  ): Promise<CallRecord> {
    const { slow } = faults[order.call]
    const names = [order.fault, slow > 0 ? ('slow' as const) : undefined].filter(name => name !== undefined)
    const record: CallRecord = {
      ...describeCall(order, settings),
      id,
      ...(copyOf !== undefined && { copyOf }),
      faults: names,
    }
    if (record.state === 'unsent') return log.put(record)
    log.put({ ...record, state: 'sending' })
    if (slow > 0) await held.wait(order.call, slow)
    return log.put({ ...record, ...(await exchange(sender, record, settings, order)) })
  }

  /** What overtakes a held call goes out first; then the held one follows. */
  async function overtake(order: Order, over: CallKind): Promise<CallRecord> {
    const record = await make(order)
    if (record.state !== 'held') await held.release(order, over)
    return record
  }

  return {
    entityInfo: (application, remoteKey, issueKey) =>
      make({ call: 'entityInfo', application, remoteKeys: [remoteKey], ...(issueKey !== undefined && { issueKey }) }),
    createLink: (application, issueKey, remoteKeys) =>
      overtake({ call: 'createLink', application, issueKey, remoteKeys }, 'removeLink'),
    removeLink(application, issueKey, remoteKey) {
      const sent = faults.removeLink.movedKey
        ? issueKey
        : keyWhenLinked(log, application, issueKey, remoteKey, formerKeys)
      const isMoved = faults.removeLink.movedKey && formerKeys(issueKey).length > 0
      const order: Order = { call: 'removeLink', application, issueKey: sent, remoteKeys: [remoteKey] }
      return overtake(isMoved ? { ...order, fault: 'movedKey' } : order, 'createLink')
    },
    log,
    faults: () => faults,
    setFaults(next) {
      // What waits goes out at once where it would wait less long now.
      const sooner = callKinds.filter(call => next[call].slow < faults[call].slow)
      faults = next
      for (const call of sooner) held.endWaits(call)
    },
    settings: () => settings,
    setSettings(next) {
      settings = next
    },
    async close() {
      held.close()
      await sender.close()
    },
  }
}

/** The key under which the application was told of the link, as far as the log goes back. */
function keyWhenLinked(
  log: CallLog,
  application: CalledApplication,
  issueKey: string,
  remoteKey: string,
  formerKeys: (issueKey: string) => readonly string[],
): string {
  const keys = [issueKey, ...formerKeys(issueKey)]
  const [told] = log.list(
    record =>
      record.call === 'createLink' &&
      record.applicationId === application.id &&
      record.remoteKeys.includes(remoteKey) &&
      keys.includes(record.issueKey ?? ''),
  )
  return told?.issueKey ?? issueKey
}

async function exchange(
  sender: CallSender,
  record: CallRecord,
  settings: CallSettings,
  { application }: Order,
): Promise<Partial<CallRecord>> {
  const { method, address, requestBody, call } = record
  const headers = headersOf(call, settings, application, 'value')
  const answer = await sender.send({
    method,
    address,
    headers,
    ...(requestBody !== undefined && { body: requestBody }),
  })
  if ('rule' in answer) return { state: 'failed', findings: [answer] }
  const token = tokenHeader(settings, application)?.token
  const came = new TextDecoder().decode(answer.body)
  const text = hide(came, token)
  const hidden = text === came ? answer : { ...answer, body: Buffer.from(text) }
  return {
    state: 'answered',
    status: answer.status,
    responseHeaders: Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, hide(value, token)]),
    ),
    responseBody: text.slice(0, bodyShown),
    isResponseBodyCut: text.length > bodyShown,
    milliseconds: answer.milliseconds,
    ...checkAnswer(call, hidden, record.remoteKeys[0] ?? ''),
  }
}

/** An application may answer with the token that it was sent; that is shown nowhere either. */
const hide = (text: string, token: string | undefined) => (token ? text.replaceAll(token, '***') : text)
