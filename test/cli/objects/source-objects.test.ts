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

t.test('objects show asks the source for what nobody has asked for yet, and says where the card came from', async t => {
  const { cli, upstream } = await withSource(t)
  const asked = await cli.run(['objects', 'show', '1'])
  t.match(asked, { code: 0, told: '' })
  t.match(asked.out, /"summary": "Deal"/)
  t.match(asked.out, /^From: {4}its source \(http\), asked now: 20\d\d-\d\d-\d\dT\S+$/m)
  t.equal(upstream.seen.length, 1)
  t.match(await cli.json('objects', 'show', '1'), {
    application: 'crm',
    object: { key: '1', summary: 'Deal' },
    origin: 'stored',
    fetchedAt: /^20/,
    failure: null,
  })
  t.match((await cli.run(['objects', 'show', '1'])).out, /^From: {4}the last good card of its source \(http\), of 20/m)
  t.equal(upstream.seen.length, 1, 'a young card is what Tracker gets, too')
  t.match(await cli.json('objects', 'show', '2'), { origin: 'fetched', fetchedAt: /^20/ })
})

t.test('an old card is asked for anew; if the source gives none, it is shown with the reason', async t => {
  const { cli, upstream } = await withSource(t)
  await cli.objects.put('crm', [{ key: key('1'), summary: 'Before' }])
  await cli.prisma.linkedObject.updateMany({ data: { fetchedAt: new Date('2026-01-02T03:04:05Z') } })
  upstream.answer = (_seen, response) => response.writeHead(401).end()
  const shown = await cli.run(['objects', 'show', '1'])
  t.match(shown, { code: 0, out: /"summary": "Before"/ })
  t.match(shown.out, /of 2026-01-02T03:04:05/)
  t.match(shown.told, /^The source of crm gave no card now: the answer was 401: check the credentials/)
  t.match(await cli.json('objects', 'show', '1'), {
    origin: 'stored',
    failure: { reason: 'unauthorized', status: 401 },
  })
  upstream.answer = (_seen, response) => response.end('{"title":"After"}')
  t.match((await cli.run(['objects', 'show', '1'])).out, /"summary": "After"/)
})

t.test('no such object, and a source that cannot say, are told apart', async t => {
  const { cli, upstream } = await withSource(t)
  upstream.answer = (_seen, response) => response.writeHead(404).end()
  t.match(await cli.run(['objects', 'show', '1']), {
    code: 1,
    out: '',
    told: 'crm has no object 1: its source (http) says so.\n',
  })
  upstream.answer = (_seen, response) => response.writeHead(502, { 'retry-after': '9' }).end()
  const told = /^Whether crm has an object 1 is not known.*the answer was 502/
  t.match(await cli.run(['objects', 'show', '1']), { code: 1, out: '', told })
  const { code, out } = await cli.run(['objects', 'show', '1', '--json'])
  t.match({ code, ...JSON.parse(out) }, { code: 1, object: null, failure: { reason: 'failed', status: 502 } })
})

t.test('objects list says that it lists what the source gave so far', async t => {
  const { cli } = await withSource(t)
  t.match(await cli.run(['objects', 'list']), {
    code: 0,
    out: /^Nobody has asked for a card of crm yet.*source \(http\)/,
  })
})
