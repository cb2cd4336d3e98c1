import { execFileSync } from 'node:child_process'
import t from 'tap'
import { currentCallFields, inCall, newRequestId, outsideCalls } from '../../src/logging/call.ts'

t.test('a process that starts again gives no id a second time', async t => {
  const file = JSON.stringify(new URL('../../src/logging/call.ts', import.meta.url).href)
  const program = `const { newRequestId } = await import(${file}); for (let i = 0; i < 50; i++) console.log(newRequestId())`
  const start = () => execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  const ids = [start(), start()].flatMap(text => text.trim().split('\n')).concat(newRequestId())
  t.equal(new Set(ids).size, 101)
  t.ok(ids.every(id => /^[\w-]{16}$/.test(id)))
})

t.test('an id tells nothing of the next: every place of it changes, and thousands repeat none', async t => {
  const ids = Array.from({ length: 5_000 }, newRequestId)
  t.equal(new Set(ids).size, ids.length)
  for (let place = 0; place < 16; place++)
    t.equal(new Set(ids.map(id => id[place])).size, 64, `each character at place ${place}`)
})

const told = async () => {
  await new Promise(setImmediate)
  return currentCallFields()
}

t.test('the work of a call knows its call, and what outlives it does not', async t => {
  const [one, other] = ['one', 'other'].map(id => ({ id, headers: {} }))
  t.same(await Promise.all([inCall(one, told), inCall(other, told), inCall(undefined, told)]), [
    { requestId: 'one' },
    { requestId: 'other' },
    {},
  ])
  t.same(await inCall(one, () => outsideCalls(told)), {})
})
