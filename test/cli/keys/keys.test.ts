import t from 'tap'
import { isApiKey } from '../../../src/management-api/api-key.ts'
import { commandLine, steersTerminal, twoApplications } from '../command-line.ts'

const create = ['keys', 'create', '--name', 'crm-sync', '--scope', 'objects:write, links:read']

t.test('a key is made, printed alone and once, listed without itself, and revoked', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', twoApplications)
  t.match(await cli.run(['keys', 'list']), { code: 0, out: /^There are no API keys/ })

  const made = await cli.run([...create, '--application', 'crm', '--expires', '90'])
  t.equal(made.code, 0)
  const key = made.out.trim()
  t.ok(isApiKey(key), 'the key is all that stands on standard output')
  const [, id = ''] = key.split('_')
  t.match(made.told, new RegExp(`^crm-sync may do objects:write, links:read for crm, until 20.*its id is ${id}\\.\n$`))
  t.notOk(made.told.includes(key))

  t.match(await cli.json('keys', 'list'), {
    keys: [{ id, name: 'crm-sync', state: 'valid', scopes: ['objects:write', 'links:read'], applications: ['crm'] }],
  })
  const { out } = await cli.run(['keys', 'list'])
  t.match(out, new RegExp(`^ID .*\n${id} +crm-sync +valid +objects:write links:read +crm +20\\S+ +never\n$`))
  t.notOk(out.includes(key.slice(17, 60)))
  t.notOk(JSON.stringify(await cli.prisma.apiKey.findMany()).includes(key), 'nor is it stored')

  t.match(await cli.run(['keys', 'revoke', id]), { code: 0, out: /^\S+ \(crm-sync\) is revoked/ })
  t.match(
    await cli.run(['keys', 'revoke', key]),
    { code: 0, out: /was revoked before/ },
    'the key itself names it, too',
  )
  t.match(await cli.json('keys', 'list'), { keys: [{ id, state: 'revoked', revokedAt: /\+0000$/ }] })
})

t.test('with --json the key is a field', async t => {
  const cli = await commandLine(t)
  const made = await cli.json(...create, '--expires', '2999-01-31')
  t.ok(isApiKey(made.key as string))
  t.match(made, { name: 'crm-sync', applications: [], expiresAt: '2999-01-31T00:00:00.000+0000' })
})

t.test('what no key can be is refused in words, and nothing is made', async t => {
  const cli = await commandLine(t)
  const refused = async (told: RegExp, ...argv: string[]) =>
    t.match(await cli.run(argv), { code: 2, out: '', told }, argv.join(' '))
  await refused(/--name/, 'keys', 'create', '--scope', 'admin')
  await refused(/must have 1 to 100/, 'keys', 'create', '--scope', 'admin', '--name', ' ')
  await refused(/Say what the key may do/, 'keys', 'create', '--name', 'a')
  await refused(/There is no scope all: --scope takes objects:write/, 'keys', 'create', '--name', 'a', '--scope', 'all')
  await refused(/no application crm; the configuration has demo/, ...create, '--application', 'demo,crm')
  await refused(/There is no application/, ...create, '--application', ',')
  for (const expires of ['0', '-1', '1.5', 'soon', '2001-01-01', '2999-02-30', '2999-01-01T00:00:00', '100000'])
    await refused(/--expires takes days/, ...create, `--expires=${expires}`)
  for (const id of ['nothing', '', '\0', '\u001b[2J']) await refused(/No API key has the id/, 'keys', 'revoke', id)
  t.equal(await cli.prisma.apiKey.count(), 0)
  t.notOk(steersTerminal((await cli.run(['keys', 'revoke', '\u001b[2J'])).told))
})
