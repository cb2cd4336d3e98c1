import t from 'tap'
import { protect } from '../../../src/linked-objects/sources/protect-upstream.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'

const key = '1' as RemoteKey
const log = { warn: () => {}, info: () => {} }

t.test('a question ends when its caller gives up, even if the upstream does not hear of it', async t => {
  const ask = protect(() => new Promise<string>(() => {}), { applicationId: 'crm', log })
  const callers = Array.from({ length: 51 }, () => new AbortController())
  const asked = callers.map(({ signal }) => ask(key, signal).catch((error: unknown) => error))
  // The first fifty are being asked, the last one waits for a place.
  for (const caller of [callers.at(-1), ...callers]) caller?.abort()
  for (const failure of await Promise.all(asked))
    t.match(failure, { name: 'SourceFailure', reason: 'slow', message: 'no answer came in time' })

  const ended = AbortSignal.abort()
  t.match(await ask(key, ended).catch((error: unknown) => error), { name: 'SourceFailure', reason: 'slow' })
})

t.test('a question for which there is no room even to wait fails at once', async t => {
  const answers: (() => void)[] = []
  const ask = protect(() => new Promise<string>(resolve => answers.push(() => resolve('card'))), {
    applicationId: 'crm',
    log,
  })
  const { signal } = new AbortController()
  const asked = Array.from({ length: 1_050 }, () => ask(key, signal))
  await t.rejects(ask(key, signal), {
    name: 'SourceFailure',
    reason: 'slow',
    message: 'too many questions wait for an answer',
  })
  for (const answer of answers) answer()
  t.equal(await asked[0], 'card', 'who has a place gets an answer')
})
