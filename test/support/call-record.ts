import type { NewCallRecord } from '../../src/storage/calls/write-calls.ts'

/** A record of an answered card from memory, with what is given instead. */
export const newCallRecord = (more: Partial<NewCallRecord> = {}): NewCallRecord => ({
  applicationId: 'crm',
  at: Date.now(),
  call: 'entityInfo',
  method: 'GET',
  issueKey: undefined,
  remoteKeys: ['D-1'],
  remoteKeyCount: 1,
  taken: 'D-1',
  status: 200,
  code: undefined,
  milliseconds: 0.5,
  source: 'memory',
  actor: undefined,
  requestId: 'r',
  path: undefined,
  nearest: undefined,
  headers: {},
  tokenIn: [],
  scheme: undefined,
  tokenPlace: undefined,
  standsFor: 1,
  ...more,
})
