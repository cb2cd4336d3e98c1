import t from 'tap'
import { objectInfoJson } from '../../src/tracker-contract/object-info.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'

t.test("a whole card has exactly Tracker's fields, dates in its form, and every digit of a uid", async t => {
  const json = objectInfoJson({
    key: '1234' as RemoteKey,
    summary: 'Deploy',
    iconUrl: 'https://crm.example.com/open.svg',
    status: { name: 'Closed', description: 'Rolled out' },
    resolution: { name: 'Fixed' },
    assignee: { trackerUid: 9223372036854775807n, passportUid: 1130000000000001n, login: 'user1' },
    updated: new Date('2024-05-02T10:11:12.345Z'),
    deadline: new Date('2024-06-01T00:00:00Z'),
  })
  t.equal(
    json,
    '{"key":"1234","summary":"Deploy","iconUrl":"https://crm.example.com/open.svg",' +
      '"status":{"name":"Closed","description":"Rolled out"},"resolution":{"name":"Fixed"},' +
      '"assignee":{"trackerUid":9223372036854775807,"passportUid":1130000000000001,"login":"user1"},' +
      '"updated":"2024-05-02T10:11:12.345+0000","deadline":"2024-06-01T00:00:00.000+0000"}',
  )
})

t.test('absent fields are left out', async t => {
  t.equal(objectInfoJson({ key: 'a' as RemoteKey, summary: 'b' }), '{"key":"a","summary":"b"}')
  t.equal(
    objectInfoJson({ key: 'a' as RemoteKey, summary: 'b', assignee: { login: 'c' } }),
    '{"key":"a","summary":"b","assignee":{"login":"c"}}',
  )
})
