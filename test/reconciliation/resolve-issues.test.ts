import t from 'tap'
import { resolveIssues } from '../../src/reconciliation/resolve-issues.ts'
import { createTrackerClient } from '../../src/tracker-client/create-tracker-client.ts'
import { playedTracker } from '../support/played-tracker.ts'

const idOf = (key: string) => `ID${key.replace('TEST-', '')}`

t.test('a hundred keys cost one search, a former one a request, and ids nothing', async t => {
  const searches: string[][] = []
  const { url, requests } = await playedTracker(t, ({ target, body }) => {
    if (!target.includes('_search')) {
      const key = target.split('/').at(-1) as string
      return key === 'TEST-7' ? { body: { id: idOf(key), key: 'PROD-7' } } : { status: 404 }
    }
    const { keys } = JSON.parse(body) as { keys: string[] }
    searches.push(keys)
    t.match(target, /[?&]perPage=100(&|$)/, 'they come in one page')
    const found = keys.filter(key => key !== 'TEST-7' && key !== 'GONE-1')
    return { body: found.map(key => ({ id: idOf(key), key })) }
  })
  const rate = { search: 1_000, other: 1_000 }
  const tracker = createTrackerClient({ url, kind: 'cloud', id: '7', token: 'canary-tracker', scheme: 'Bearer', rate })
  t.teardown(() => tracker.close())
  const keys = Array.from({ length: 150 }, (_, number) => `TEST-${number + 1}`)
  const resolve = await resolveIssues(tracker, [...keys, ...keys, 'GONE-1', '5f0a', 'made-up'])
  t.same(
    searches.map(({ length }) => length),
    [100, 51],
  )
  t.same(searches.flat().sort(), [...keys, 'GONE-1'].sort())
  t.equal(requests.length, 4)
  t.same(['TEST-1', 'TEST-150', 'TEST-7', 'GONE-1', '5f0a', 'made-up'].map(resolve), [
    'id1',
    'id150',
    'id7',
    'GONE-1',
    '5f0a',
    'made-up',
  ])
})
