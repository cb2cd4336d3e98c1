import t, { type Test } from 'tap'
import { type CallDesk, createCallDesk } from '../../../src/sandbox/call-desk/call-desk.ts'
import { withSettings } from '../../../src/sandbox/call-desk/desk-settings.ts'
import { completeFaults, type WrittenFaults } from '../../../src/sandbox/call-desk/faults.ts'
import { json, playApplication } from '../../application-calls/play-application.ts'
import { until } from '../../support/until.ts'

/** A played application, and a desk that calls it. */
async function played(t: Test, times: { holdBack?: number } = {}) {
  const application = await playApplication(t)
  const desk = createCallDesk(times)
  t.teardown(() => desk.close())
  return { ...application, desk }
}

const turnOn = (desk: CallDesk, faults: WrittenFaults) => desk.setFaults(completeFaults(faults))

t.test(
  'it presents the fixed token, a user’s, or none, as set for each application, and no record contains one',
  async t => {
    const { desk, crm, headers, answerWith } = await played(t)
    answerWith(({ headers }, response) =>
      json(response.setHeader('x-echo', headers.authorization ?? ''), {
        key: '1',
        summary: headers.authorization ?? 'none',
        updated: headers.authorization,
      }),
    )
    const shown: unknown[] = []
    const other = { ...crm, id: 'other', oauthToken: 'canary-other' }
    for (const settings of [{}, { token: 'user', userToken: 'canary-user' }, { token: 'none' }] as const) {
      desk.setSettings(withSettings(desk.settings(), { applications: { crm: settings } }))
      for (const application of [crm, other]) shown.push(await desk.entityInfo(application, '1'))
    }
    t.same(
      headers.map(({ authorization }) => authorization),
      [
        'OAuth canary-fixed',
        'OAuth canary-other',
        'OAuth canary-user',
        'OAuth canary-other',
        undefined,
        'OAuth canary-other',
      ],
    )
    t.notMatch(JSON.stringify([shown, desk.log.list()]), 'canary-')
    t.match(shown[0], { requestHeaders: { authorization: 'OAuth ***' }, object: { summary: 'OAuth ***' } })
  },
)

t.test('each fault does what its name says', async t => {
  const { desk, crm, calls } = await played(t)
  const made = async (faults: WrittenFaults) => {
    turnOn(desk, faults)
    calls.length = 0
    const record = await desk.createLink(crm, 'TEST-1', ['1'])
    return { record, calls: calls.length, copies: desk.log.list(({ copyOf }) => copyOf === record.id).length }
  }
  t.match(await made({ createLink: { dropped: true } }), { record: { state: 'unsent', faults: ['dropped'] }, calls: 0 })
  t.match(await made({ createLink: { repeated: true } }), { record: { status: 200 }, calls: 2, copies: 1 })
  t.match(await made({ createLink: { twiceAtOnce: true } }), { record: { status: 200 }, calls: 2, copies: 1 })
  t.match(await made({ createLink: { slow: 30 } }), { record: { status: 200, faults: ['slow'] }, calls: 1 })
  t.match(await made({ removeLink: { dropped: true } }), { record: { faults: [] }, calls: 1 }, 'others are left alone')
})

t.test('a call out of order goes out after a later one', async t => {
  const { desk, crm, calls } = await played(t, { holdBack: 60_000 })
  turnOn(desk, { createLink: { outOfOrder: true } })
  t.match(await desk.createLink(crm, 'TEST-1', ['1']), { state: 'held' })
  await desk.removeLink(crm, 'TEST-1', 'other')
  t.equal(calls.length, 1, 'another object overtakes nothing')
  await desk.removeLink(crm, 'TEST-1', '1')
  t.same(
    calls.map(call => call.split(' ')[0]),
    ['DELETE', 'DELETE', 'POST'],
  )
  t.same(
    desk.log.list(({ state }) => state === 'held'),
    [],
  )
})

t.test('a call out of order that nothing overtakes is sent in the end', async t => {
  const { desk, crm, calls } = await played(t, { holdBack: 20 })
  turnOn(desk, { removeLink: { outOfOrder: true } })
  const { id } = await desk.removeLink(crm, 'TEST-1', '1')
  await until(() => desk.log.get(id)?.state === 'answered')
  t.equal(calls.length, 1)
})

t.test('a removal after a move names the new key, and the key of the link on demand', async t => {
  const { desk, crm, calls } = await played(t)
  await desk.createLink(crm, 'PROD-1', ['1'])
  t.match(await desk.removeLink(crm, 'NEW-1', '1', 'PROD-1'), { issueKey: 'NEW-1', faults: [] })
  turnOn(desk, { removeLink: { formerKey: true } })
  t.match(await desk.removeLink(crm, 'NEW-1', '1', 'PROD-1'), { issueKey: 'PROD-1', faults: ['formerKey'] })
  t.match(await desk.removeLink(crm, 'NEW-1', '1'), { issueKey: 'NEW-1', faults: [] }, 'an issue that was not moved')
  t.same(
    calls.slice(1).map(call => /issueKey=([^&]*)/.exec(call)?.[1]),
    ['NEW-1', 'PROD-1', 'NEW-1'],
  )
})

t.test('what cannot be called is recorded, with the reason', async t => {
  const { desk, crm, calls } = await played(t)
  const incomplete = { ...crm, createLinkUrl: undefined }
  t.match(await desk.createLink(incomplete, 'TEST-1', ['1']), {
    state: 'unsent',
    findings: [{ level: 'warning', field: 'createLinkUrl' }],
  })
  t.match(await desk.entityInfo(crm, '\ud800'), { state: 'unsent' }, 'half of a surrogate pair')
  t.same(calls, [])
})
