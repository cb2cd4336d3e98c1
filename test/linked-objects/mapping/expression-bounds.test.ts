import t, { type Test } from 'tap'
import { playUpstream } from '../../support/played-upstream.ts'
import { sourceOf } from '../../support/source-application.ts'
import { until } from '../../support/until.ts'

const megabyte = 1024 * 1024

type Titled = Awaited<ReturnType<typeof titled>>

/** An application whose title comes from an API, through an expression. */
async function titled(t: Test, summary: string, id = 'crm') {
  const upstream = await playUpstream(t)
  const { find } = sourceOf(
    t,
    {
      source: 'http',
      url: `${upstream.origin}/{{remoteKey}}`,
      privateHosts: ['127.0.0.1'],
      mapping: { summary, status: 'state' },
    },
    '/',
    id,
  )
  return {
    seen: upstream.seen,
    answerWith: (title: string) => {
      upstream.answer = (_seen, response) => response.end(JSON.stringify({ title }))
    },
    find: (key: string): Promise<unknown> => find(key).catch((error: unknown) => error),
  }
}

/** The card of an object, or why there is none; whether another card came meanwhile; and by how many MB this process grew. */
async function watching(slow: Titled, other: Titled) {
  const before = process.memoryUsage.rss()
  let [most, isOver] = [before, false]
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 5)
  const asked = slow.find('1').finally(() => {
    isOver = true
    most = Math.max(most, process.memoryUsage.rss())
  })
  await until(() => slow.seen.length > 0)
  await other.find('1')
  const wentOn = !isOver
  const outcome = await asked
  clearInterval(timer)
  return { outcome, wentOn, grew: (most - before) / megabyte }
}

for (const [summary, rule] of [
  // One step to JSONata, which looks at the time between its steps only.
  ['$pad(title, 100000000, "ab")', /^`summary` takes more than (1 s|64 MB)/],
  ['$replace(title, "x", $pad("", 100000, "y"))', /^`summary` takes more than (1 s|64 MB)/],
  ['$match(title, /^(x+)+$/).match', /^`summary` takes more than 1 s/],
  ['$join([1..9999].($pad("x", 100000)))', /^`summary` (takes more than|fails: Evaluation timeout after 500)/],
  ['($f := function($x) { $f($x) }; $f(1))', /^`summary` fails: Evaluation timeout after 500 milliseconds/],
  ['$pad("x", 200000)', /^`summary` is longer than 100,000 characters/],
] as const)
  t.test(`${summary} is a fault of its field, and the server goes on`, async t => {
    const [slow, other] = [await titled(t, summary), await titled(t, 'title', 'other')]
    slow.answerWith(`${'x'.repeat(3000)}!`)
    const { outcome, wentOn, grew } = await watching(slow, other)
    t.match(outcome, { name: 'SourceFailure', reason: 'mapping', message: rule })
    if (!/longer/.test(String(rule))) t.ok(wentOn, 'another card came meanwhile')
    t.ok(grew < 100, `grew by ${Math.round(grew)} MB`)
    slow.answerWith('x')
  })

t.test('a title of 900 KB keeps nobody else, whatever the expression', async t => {
  const [slow, other] = [await titled(t, '$replace(title, /\\s+$/, "")'), await titled(t, 'title', 'other')]
  slow.answerWith(`${' '.repeat(900_000)}x`)
  const { outcome, wentOn } = await watching(slow, other)
  t.match(outcome, {
    reason: 'mapping',
    message: /^`summary` takes more than 1 s \(expression `\$replace/,
    faults: [{ field: 'summary', hint: /`\$substring\(title, 0, 1000\)`/ }],
  })
  t.ok(wentOn, 'another card came meanwhile')
  slow.answerWith('Deal  ')
  t.match(await slow.find('2'), { summary: 'Deal' }, 'the next one gets another process')
})

t.test("one application's slow expressions leave the others their turn", async t => {
  const slow = await titled(t, '$match(title, /^(x+)+$/).match')
  const quick = await titled(t, '"The " & title', 'other')
  slow.answerWith(`${'x'.repeat(60)}!`)
  const order: string[] = []
  const asked = ['1', '2', '3', '4'].map(async key => {
    await slow.find(key)
    order.push('slow')
  })
  await until(() => order.length > 0)
  t.match(await quick.find('1'), { summary: 'The Deal' })
  order.push('quick')
  await Promise.all(asked)
  t.same(order.at(-1), 'slow', order.join(', '))
})
