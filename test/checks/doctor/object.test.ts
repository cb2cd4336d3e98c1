import t from 'tap'
import { linkProbe } from '../../../src/checks/doctor/probes/link.ts'
import { objectProbe } from '../../../src/checks/doctor/probes/object.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { doctorAfterCalls } from '../../support/doctor-ground.ts'

const { call, look, objects, database } = await doctorAfterCalls(t)
const applicationId = 'crm'
const put = (key: string) => objects.put(applicationId, [{ key: key as RemoteKey, summary: 'One' }])
const creation = (issueKey: string, ...entityIds: string[]) =>
  ({ method: 'POST', url: '/crm/links', payload: { issueKey, entityIds } }) as const
const atObject = (object: string) => look(objectProbe, {}, { object })
const atLink = (issue: string, object: string, change = {}) => look(linkProbe, change, { issue, object })

t.beforeEach(() => put('D-1'))

t.test('an object that the store has not is told to those who ask for it', async t => {
  t.same(await atObject('D-1'), [])
  await call({}, { url: '/crm/objects/D-404' }, { url: '/crm/objects/D-1' })
  t.match(await atObject('D-404'), [
    {
      code: 'TLK-C30',
      says: 'the store has no object D-404',
      remoteKey: 'D-404',
      evidence: ['calls for it that were answered 404: 1'],
    },
  ])
  await objects.remove(applicationId, 'D-1' as RemoteKey)
  t.same(await look(objectProbe), [], 'the object of the last call is gone since')
  t.same(await look(objectProbe, { objects: { source: 'module', file: 'none.js' } }), [])
})

t.test('a renamed object is there under its present key, and so is its link', async t => {
  await put('E-2')
  await database.objectAlias.create({ data: { applicationId, alias: 'E-1', remoteKey: 'E-2' } })
  t.same(await atObject('E-1'), [])
  await call({}, creation('TEST-8', 'E-2'))
  t.same(await atLink('TEST-8', 'E-1'), [])
})

t.test('a card that Tracker does not take is told with its fields', async t => {
  await database.linkedObject.update({
    where: { applicationId_key: { applicationId, key: 'D-1' } },
    data: { summary: ' ', statusName: '' },
  })
  t.match(await atObject('D-1'), [
    {
      code: 'TLK-C32',
      next: 'tracker-links objects show --application crm D-1',
      evidence: [/^`summary` /, /^`status.name` /],
    },
  ])
})

t.test('a link that is not here is told, with what became of it; a former key of the issue means the same', async t => {
  t.same(await call({}, creation('TEST-7', 'D-1')), [201])
  t.same(await atLink('TEST-7', 'D-1'), [])
  await database.issueAlias.create({ data: { applicationId, alias: 'OLD-7', issueKey: 'TEST-7', issueId: 'i7' } })
  t.same(await atLink('OLD-7', 'D-1'), [])
  t.match(await atLink('TEST-9', "it's"), [
    {
      code: 'TLK-L01',
      says: "TEST-9 has no link to it's here",
      next: "tracker-links links history --application crm --issue TEST-9 --object 'it'\\''s'",
      evidence: ['there never was one'],
    },
  ])
  t.same(await call({}, { method: 'DELETE', url: '/crm/links?issueKey=TEST-7&remoteKey=D-1' }), [204])
  t.match(await atLink('TEST-7', 'D-1'), [{ evidence: [/^it was removed at \d\d:\d\d by tracker$/] }])
})

t.test('creations that are refused because of unknown objects are told until one is taken', async t => {
  const strict = { unknownObjects: 'reject' } as const
  t.same(await call(strict, creation('TEST-5', 'D-1'), creation('TEST-5', 'D-404')), [201, 422])
  t.match(await look(linkProbe, strict), [
    {
      code: 'TLK-L02',
      says: /^links to unknown objects are refused since \d\d:\d\d$/,
      next: 'tracker-links calls list --application crm --code objects-unknown',
      evidence: [/createLink TEST-5 -> D-404 was answered 422 objects-unknown/, /^1 call so far/],
    },
  ])
  t.same(await look(linkProbe, strict, { issue: 'TEST-1' }), [], 'nobody asks about that issue')
  await call(strict, creation('TEST-5', 'D-1'))
  t.same(await look(linkProbe, strict), [])
})
