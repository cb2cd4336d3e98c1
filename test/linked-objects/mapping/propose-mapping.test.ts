import t from 'tap'
import { proposeMapping } from '../../../src/linked-objects/mapping/propose-mapping.ts'

t.test('usual names become a mapping, the likeliest first', async t => {
  t.same(proposeMapping({ id: 7, name: 'n', title: 'Deal', state: 'won', updated_at: '2026-01-02T03:04:05.678Z' }), {
    summary: 'title',
    status: 'state',
    updated: 'updated_at',
  })
  t.same(proposeMapping({ subject: 'x', status: { id: 1, name: 'New' } }), {
    summary: 'subject',
    status: 'status.name',
  })
  t.same(proposeMapping({ deal: { title: 'Deal', stage: 'lost' } }), { summary: 'deal.title', status: 'deal.stage' })
  t.same(proposeMapping({ 'the deal': { title: 'Deal' } }), { summary: '`the deal`.title' })
})

t.test('what no card could show is not proposed', async t => {
  t.same(proposeMapping({ title: '  ', name: 'n', state: 3, updated: '2026-01-02 03:04:05' }), { summary: 'name' })
  t.same(proposeMapping({ deal: { title: 'Deal' }, total: 1 }), {})
  for (const answer of [undefined, null, 'text', 7, [], [{ title: 'Deal' }], {}]) t.same(proposeMapping(answer), {})
})
