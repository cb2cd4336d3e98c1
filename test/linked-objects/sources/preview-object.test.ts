import t from 'tap'
import type { ObjectSourceConfig } from '../../../src/config/schema.ts'
import { askOnce } from '../../../src/linked-objects/sources/preview-object.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { playUpstream } from '../../support/played-upstream.ts'
import { applicationWith } from '../../support/source-application.ts'

t.test('whoever has given up a preview asks for nothing', async t => {
  const upstream = await playUpstream(t)
  const config = {
    source: 'http',
    url: `${upstream.origin}/{{remoteKey}}`,
    privateHosts: ['127.0.0.1'],
    mapping: { summary: 'title' },
  } satisfies ObjectSourceConfig
  const preview = (signal?: AbortSignal) =>
    askOnce(applicationWith(config), config, '1' as RemoteKey, {
      publicUrl: 'https://links.example.com',
      ...(signal && { signal }),
    })
  t.match(await preview(AbortSignal.abort()), { failure: { reason: 'slow' } })
  t.equal(upstream.seen.length, 0)
  t.match(await preview(), { card: { summary: 'Deal' } })
  t.equal(upstream.seen.length, 1)
})
