import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'

const icon = 'https://example.com/icon.svg'

/** The objects of the sample application `demo`, which is served where no configuration is found. */
export const sampleObjects: readonly ObjectInfo[] = [
  {
    key: '1234' as RemoteKey,
    summary: 'Deploy service to production',
    iconUrl: icon,
    status: { name: 'Closed', description: 'Rolled out' },
    resolution: { name: 'Fixed', description: 'Finished without rollback' },
    assignee: { trackerUid: 8_000_000_000_000_001n, passportUid: 1_130_000_000_000_001n, login: 'user1' },
    updated: new Date('2024-05-02T10:11:12.345Z'),
    deadline: new Date('2024-06-01T00:00:00.000Z'),
  },
  {
    key: '5678' as RemoteKey,
    summary: 'Renew the certificate',
    status: { name: 'Open' },
    deadline: new Date('2027-01-15T00:00:00.000Z'),
  },
  {
    key: 'group/project/-/merge_requests/7' as RemoteKey,
    summary: 'Draft: speed up the import',
    status: { name: 'In review' },
    assignee: { login: 'user2' },
  },
  { key: 'Договор № 15' as RemoteKey, summary: 'Supply contract with an unusual key', status: { name: 'Signed' } },
]
