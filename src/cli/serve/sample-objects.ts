import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'

/**
 * The objects of the sample application `demo`, served if no configuration is found: one of each state that a
 * card can show, finished, in progress, overdue, and with nothing but what is required.
 */
export const sampleObjects: readonly ObjectInfo[] = [
  {
    key: '1234' as RemoteKey,
    summary: 'Deploy service to production',
    status: { name: 'Closed', description: 'Rolled out' },
    resolution: { name: 'Fixed', description: 'Finished without rollback' },
    assignee: { trackerUid: 8_000_000_000_000_001n, passportUid: 1_130_000_000_000_001n, login: 'user1' },
    updated: new Date('2024-05-02T10:11:12.345Z'),
    deadline: new Date('2024-06-01T00:00:00.000Z'),
  },
  {
    key: '5678' as RemoteKey,
    summary: 'Renew the certificate',
    status: { name: 'Open', description: 'Nobody has begun' },
    assignee: { login: 'user2' },
    updated: new Date('2025-11-20T08:30:00.000Z'),
    deadline: new Date('2026-01-15T00:00:00.000Z'),
  },
  {
    key: 'group/project/-/merge_requests/7' as RemoteKey,
    summary: 'Draft: speed up the import',
    status: { name: 'In review' },
    assignee: { login: 'user2' },
    updated: new Date('2026-09-14T15:45:10.002Z'),
    deadline: new Date('2099-12-31T00:00:00.000Z'),
  },
  { key: 'Договор № 15' as RemoteKey, summary: 'Supply contract with an unusual key' },
]
