import t from 'tap'
import { topOf } from '../../bench/measure/profile-top.ts'

const node = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url, lineNumber: id } })

t.test('the top of a profile is the time of functions themselves, between two moments and without idling', async t => {
  const profile = {
    nodes: [
      node(1, '(idle)'),
      node(2, 'start', 'file:///home/me/bench/peers/raw-http.ts'),
      node(3, 'send', 'file:///home/me/node_modules/fastify/lib/reply.js'),
      // The same function, called by another.
      {
        ...node(4, 'send', 'file:///home/me/node_modules/fastify/lib/reply.js'),
        callFrame: node(3, 'send', 'file:///home/me/node_modules/fastify/lib/reply.js').callFrame,
      },
      node(5, '', 'node:http'),
      node(6, 'end'),
    ],
    startTime: 0,
    endTime: 10_000_000,
    samples: [2, 3, 1, 4, 5, 6],
    timeDeltas: [2_000_000, 2_000_000, 1_000_000, 1_000_000, 1_000_000, 3_000_000],
  }
  t.same(topOf(profile, { from: 7, to: 1, most: 5 }), [
    { name: 'send', place: 'fastify/lib/reply.js:4', part: 0.75 },
    { name: '(anonymous)', place: 'node:http:6', part: 0.25 },
  ])
  t.match(topOf(profile, { from: 10, to: 1, most: 1 }), [{ name: 'send' }])
  t.match(topOf(profile, { from: 8, to: 8, most: 1 }), [{ name: 'start', place: 'bench/peers/raw-http.ts:3', part: 1 }])
})

const placeOf = (url: string) => {
  const profile = {
    nodes: [node(1, 'run', url)],
    startTime: 0,
    endTime: 1_000_000,
    samples: [1],
    timeDeltas: [500_000],
  }
  return topOf(profile, { from: 1, to: 0, most: 1 })[0]?.place
}

t.test('a file of a package is told with its package, one of the checkout from its folder on', async t => {
  t.equal(placeOf('file:///home/me/node_modules/pg-protocol/dist/serializer.js'), 'pg-protocol/dist/serializer.js:2')
  t.equal(placeOf('file:///home/src/me/src/links/remove.ts'), 'src/links/remove.ts:2')
})
