import t from 'tap'
import { rejectedKeys } from '../../src/links/allow-links.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { applicationWith } from '../support/source-application.ts'

t.test('many keys are asked for a thousand at a time, each once, and told in their order', async t => {
  const application = { ...applicationWith({ source: 'store' }), unknownObjects: 'reject' } as const
  const keys = Array.from({ length: 2_500 }, (_, n) => `${n}` as RemoteKey)
  const asked: number[] = []
  const odd = async (_applicationId: string, some: readonly RemoteKey[]) => {
    asked.push(some.length)
    return some.filter(key => Number(key) % 2 === 1)
  }
  t.same(
    await rejectedKeys(odd, application, keys),
    keys.filter(key => Number(key) % 2 === 1),
  )
  t.same(asked, [1_000, 1_000, 500])
  t.same(await rejectedKeys(odd, { ...application, unknownObjects: 'accept' }, keys), [])
  t.equal(asked.length, 3, 'who takes any key asks for none')
})
