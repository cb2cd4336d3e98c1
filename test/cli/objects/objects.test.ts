import { PassThrough } from 'node:stream'
import t from 'tap'
import { run } from '../../../src/cli/main.ts'
import type { ObjectInfo } from '../../../src/tracker-contract/object-info.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { type CommandLine, commandLine, steersTerminal, twoApplications } from '../command-line.ts'

const card: ObjectInfo = {
  key: 'a/b' as RemoteKey,
  summary: 'Deploy\u001b[2J the service',
  status: { name: 'Open' },
  assignee: { trackerUid: 9_223_372_036_854_775_807n, login: 'user1' },
  updated: new Date('2024-05-02T10:11:12.345Z'),
}
const plain = (key: string): ObjectInfo => ({ key: key as RemoteKey, summary: `Object ${key}` })

async function withObjects(t: Parameters<typeof commandLine>[0]): Promise<CommandLine> {
  const cli = await commandLine(t)
  await cli.objects.put('demo', [card, plain('1'), plain('2'), plain('3'), plain("it's")])
  await cli.link('TEST-1', ['2', 'a/b'])
  return cli
}

t.test('objects list shows a page, and how to get the next', async t => {
  const cli = await withObjects(t)
  const { code, out, told } = await cli.run(['objects', 'list', '--limit', '2'])
  t.equal(code, 0)
  t.equal(out, 'KEY  SUMMARY   STATUS  ASSIGNEE  UPDATED\n1    Object 1\n2    Object 2\n')
  t.equal(told, 'More: --after 2\n')
  const rest = await cli.run(['objects', 'list', '--after', '2'])
  t.match(rest.out, /^a\/b +Deploy\\u001b\[2J the service +Open +user1 +2024-05-02T10:11:12.345\+0000$/m)
  t.notOk(steersTerminal(rest.out))
  t.equal(rest.told, '')
  t.match(await cli.run(['objects', 'list', '--after', 'z']), { code: 0, out: 'demo has no such objects.\n' })
})

t.test('objects list as JSON has the cards with every digit, and the key of the next page', async t => {
  const cli = await withObjects(t)
  const { out } = await cli.run(['objects', 'list', '--after', '3', '--limit', '1', '--json'])
  t.match(out, '"trackerUid":9223372036854775807')
  t.match(JSON.parse(out), {
    objects: [{ key: 'a/b', summary: card.summary, updated: '2024-05-02T10:11:12.345+0000' }],
    next: 'a/b',
  })
  t.equal((await cli.json('objects', 'list')).next, null)
})

t.test('objects list finds objects by what they hold', async t => {
  const cli = await withObjects(t)
  const found = async (...words: string[]) =>
    ((await cli.json('objects', 'list', ...words)).objects as ObjectInfo[]).map(({ key }) => key)
  t.same(await found('--summary', 'OBJECT', '--key-prefix', 'it'), ["it's"])
  t.same(await found('--key-prefix', 'a/'), ['a/b'])
  t.same(await found('--status', 'Open'), ['a/b'])
  t.same(await found('--updated-since', '2024-05-02'), ['a/b'])
  t.same(await found('--updated-since', '2024-05-03'), [])
  t.match(await cli.run(['objects', 'list', '--updated-since', 'today']), {
    code: 2,
    told: /--updated-since takes a date/,
  })
})

t.test('pages together hold every object once', async t => {
  const cli = await commandLine(t)
  const keys = Array.from({ length: 25 }, (_, index) => `${'aAбБ-_/'.charAt(index % 7)}${index}`)
  await cli.objects.put('demo', keys.map(plain))
  const seen: string[] = []
  for (let after: string[] = []; ; ) {
    const page = await cli.json('objects', 'list', '--limit', '7', ...after)
    seen.push(...(page.objects as ObjectInfo[]).map(object => object.key))
    if (page.next === null) break
    after = ['--after', page.next as string]
  }
  t.same(seen.toSorted(), keys.toSorted())
})

t.test('objects show prints the card as Tracker gets it, its address and its links', async t => {
  const cli = await withObjects(t)
  const { code, out } = await cli.run(['objects', 'show', 'a/b'])
  t.equal(code, 0)
  t.match(out, '"trackerUid": 9223372036854775807')
  t.match(out, /^Links: {3}1\nAddress: http:\/\/127\.0\.0\.1:8080\/demo\/objects\/a%2Fb$/m)
  t.match(await cli.json('objects', 'show', 'a/b'), {
    application: 'demo',
    object: { key: 'a/b', summary: card.summary },
    links: 1,
    formerKeys: [],
    address: 'http://127.0.0.1:8080/demo/objects/a%2Fb',
  })
  await cli.prisma.objectAlias.create({ data: { applicationId: 'demo', alias: 'x', remoteKey: 'a/b' } })
  const was = async () => /^Was: {5}(.*)$/m.exec((await cli.run(['objects', 'show', 'a/b'])).out)?.[1]
  t.match(await was(), /^x, until 20\S+; no one knows whether Tracker has links with that key$/)
  await cli.prisma.objectAlias.updateMany({ data: { followed: true } })
  t.match(await was(), /; Tracker has 0 links with that key$/)
  t.match(await cli.run(['objects', 'show', 'x']), { code: 1, told: 'demo has no object x.\nIt was renamed to a/b.\n' })
})

t.test("the address follows the application's own template", async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', twoApplications)
  await cli.objects.put('crm', [plain('15 %&')])
  t.match(await cli.json('objects', 'show', '15 %&', '--application', 'crm'), {
    address: 'https://links.example.com/cards?object=15%20%25%26',
  })
})

t.test('objects show of an unknown key fails, and says what links to it', async t => {
  const cli = await withObjects(t)
  await cli.link('TEST-1', ['9'])
  t.match(await cli.run(['objects', 'show', '8']), { code: 1, out: '', told: 'demo has no object 8.\n' })
  t.match(await cli.run(['objects', 'show', '9']), { code: 1, told: 'demo has no object 9 (1 link to it).\n' })
  t.match(await cli.run(['objects', 'show', '']), {
    code: 2,
    told: /is no object key: write 1 to 255 Unicode characters/,
  })
})

t.test('objects delete removes the object and keeps its links; a second time it does not exist', async t => {
  const cli = await withObjects(t)
  t.match(await cli.run(['objects', 'delete', '2', '--yes']), {
    code: 0,
    out: '2 of demo was removed; 1 link to it stay.\n',
  })
  t.match(await cli.run(['objects', 'delete', '2', '--yes']), { code: 0, out: /did not exist/ })
  t.same(await cli.json('objects', 'delete', '2', '--yes'), { application: 'demo', key: '2', removed: false, links: 1 })
  t.equal(await cli.links.count('demo', {}), 2)
})

t.test('objects delete asks on a terminal, and needs --yes elsewhere', async t => {
  const cli = await withObjects(t)
  t.match(await cli.run(['objects', 'delete', '1']), { code: 2, told: /no terminal to ask on: use --yes/ })
  for (const stdin of ['', '\n', 'n\n', 'nyes\n']) {
    const { code, told } = await cli.run(['objects', 'delete', '1'], { stdin, isTerminal: true })
    t.equal(code, 1, JSON.stringify(stdin))
    t.match(told, 'Remove 1 of demo? Its links stay. [y/N] Nothing was removed.\n')
  }
  t.ok(await cli.objects.find('demo', '1' as RemoteKey))
  t.match(await cli.run(['objects', 'delete', '1'], { stdin: 'Yes\n', isTerminal: true }), {
    code: 0,
    out: /was removed/,
  })
  t.notOk(await cli.objects.find('demo', '1' as RemoteKey))
})

t.test('once the question is answered standard input is released, so that the program ends at a terminal', async t => {
  const { env, directory } = await commandLine(t)
  const stdin = new PassThrough()
  stdin.write('n\n')
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const context = { env, directory, stdin, stdout, stderr, isTerminal: true }
  t.equal(await run(['objects', 'delete', '1'], context), 1)
  t.ok(stdin.isPaused())
})
