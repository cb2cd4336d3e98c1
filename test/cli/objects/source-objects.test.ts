import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { type PlayedUpstream, playUpstream } from '../../support/played-upstream.ts'
import { type CommandLine, commandLine } from '../command-line.ts'

const key = (text: string) => text as RemoteKey

/** The commands over an application `crm` whose cards come from a played API. */
async function withSource(t: Test, more = ''): Promise<{ cli: CommandLine; upstream: PlayedUpstream }> {
  const cli = await commandLine(t)
  const upstream = await playUpstream(t)
  const config = `publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: none }
    objects:
      source: http
      url: ${upstream.origin}/deals/{{remoteKey}}
      privateHosts: [127.0.0.1]
      mapping: { summary: title }
${more}`
  writeFileSync(join(cli.directory, 'tracker-links.yaml'), config)
  return { cli, upstream }
}

t.test('what a source gives is neither imported over nor deleted', async t => {
  const { cli, upstream } = await withSource(t)
  await cli.objects.put('crm', [{ key: key('1'), summary: 'as the source had it' }])
  cli.write('cards.ndjson', '{"key":"1","summary":"fake"}\n{"key":"2","summary":"fake"}\n')
  const told = /crm come from its source \(http\).* change .* in the application/
  t.match(await cli.run(['objects', 'import', 'cards.ndjson']), { code: 2, out: '', told })
  t.match(await cli.run(['objects', 'import', 'none.ndjson']), { code: 2, told }, 'before the file is opened')
  t.match(await cli.run(['objects', 'delete', '1', '--yes']), { code: 2, out: '', told })
  t.match(await cli.run(['objects', 'delete', '1'], { isTerminal: true }), { code: 2, told }, 'nobody is asked')
  t.match(await cli.objects.find('crm', key('1')), { info: { summary: 'as the source had it' } })
  t.notOk(await cli.objects.find('crm', key('2')))
  t.same(upstream.seen, [])
})
