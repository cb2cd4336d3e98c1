import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { completeFaults } from '../../src/sandbox/call-desk/faults.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import type { Issue } from '../../src/sandbox/world/records.ts'
import { openWorld, type World } from '../../src/sandbox/world/world.ts'
import { playApplication } from '../application-calls/play-application.ts'
import { crm, playTracker } from './play-tracker.ts'

const options = {
  applications: [crm],
  issues: [1, 2, 3].map(number => ({ queue: 'TEST', summary: `Issue ${number}` })),
}
const fileOf = (t: Test) => join(t.testdir(), 'world.json')

/** The world of a file, closed at the end of the test whatever its outcome. */
async function open(t: Test, file: string): Promise<World> {
  const world = await openWorld(file, options)
  t.teardown(() => world.close().catch(() => {}))
  return world
}

const first = (world: World) => world.issue('TEST-1') as Issue
const link = (world: World, key: string) =>
  world.addRemoteLink({ issue: first(world), application: crm, key, by: world.firstUser() })
const keys = (world: World) => world.remoteLinksOf(first(world)).map(({ key }) => key)

t.test('a world is restored as it was: links, moves, history, settings, and which ids were given', async t => {
  const file = fileOf(t)
  const world = await open(t, file)
  const by = world.firstUser()
  link(world, 'a')
  world.removeRemoteLink(first(world), link(world, 'b'), by)
  world.addIssueLink({ issue: first(world), other: world.issue('TEST-2') as Issue, relationship: 'depends on', by })
  world.moveIssue(first(world), 'NEW', by)
  world.changeSettings({ repeatedLink: 'duplicate' })
  await world.close()

  const again = await open(t, file)
  t.strictSame(again.issues(), world.issues())
  t.strictSame(again.remoteLinksOf(first(again)), world.remoteLinksOf(first(world)))
  t.strictSame(again.issueLinksOf(first(again)), world.issueLinksOf(first(world)))
  t.strictSame(again.changelogOf(first(again)), world.changelogOf(first(world)))
  t.strictSame(again.settings(), world.settings())
  t.equal(first(again).key, 'NEW-1')
  t.equal(link(again, 'c').id, 4, 'not the number of the link that was removed')
  t.equal(again.createIssue({ queue: 'TEST', summary: 'More' }, by).key, 'TEST-4')
  t.notMatch(await readFile(file, 'utf8'), 'canary-', 'no token is in the file')
})

t.test('settings given at the start override those of the file', async t => {
  const file = fileOf(t)
  const world = await open(t, file)
  world.changeSettings({ linkIds: 'string', importStatus: 201 })
  await world.close()
  const again = await openWorld(file, { ...options, settings: { linkIds: 'number' } })
  t.match(again.settings(), { linkIds: 'number', importStatus: 201 })
  await again.close()
})

t.test('a file that was cut off anywhere opens with every complete line', async t => {
  const file = fileOf(t)
  const world = await open(t, file)
  const sizes: number[] = []
  for (const key of ['Ж1', 'Ж2']) {
    link(world, key)
    await world.saved()
    sizes.push((await readFile(file)).length)
  }
  await world.close()
  const bytes = await readFile(file)
  const [one = 0, two = 0] = sizes
  for (let end = one; end <= two; end += end > two - 3 ? 1 : 7) {
    await writeFile(file, bytes.subarray(0, end))
    const cut = await openWorld(file, options)
    t.same(keys(cut), end === two ? ['Ж1', 'Ж2'] : ['Ж1'], `${end} bytes`)
    link(cut, 'Ж3')
    await cut.close()
    const after = await openWorld(file, options)
    t.equal(keys(after).at(-1), 'Ж3', 'and what is written then is read again')
    await after.close()
  }
})

t.test('a file that is not the sandbox’s, or is damaged inside, is refused and left as it is', async t => {
  const file = fileOf(t)
  for (const text of ['{"my":"data"}\n', 'no line feed', '\n\n']) {
    await writeFile(file, text)
    await t.rejects(openWorld(file, options), /is not a data file of the sandbox/)
    t.equal(await readFile(file, 'utf8'), text)
  }
  await writeFile(file, '')
  await (await openWorld(file, options)).close()
  const lines = (await readFile(file, 'utf8')).split('\n')
  await writeFile(file, lines.with(2, '[["iss').join('\n'))
  await t.rejects(openWorld(file, options), /is damaged in line 3/)
  await t.rejects(openWorld(join(file, 'below'), options), { code: 'ENOTDIR' })
})

t.test('what was answered survives a kill at any moment', async t => {
  const file = fileOf(t)
  await (await openWorld(file, options)).close()
  const program = `
    import { openWorld } from ${JSON.stringify(new URL('../../src/sandbox/world/world.ts', import.meta.url))}
    const application = ${JSON.stringify(crm)}
    const world = await openWorld(${JSON.stringify(file)}, { applications: [application] })
    let last = 0
    const work = async () => {
      for (;;) {
        const key = String(++last)
        world.addRemoteLink({ issue: world.issue('TEST-1'), application, key, by: world.firstUser() })
        await world.saved()
        process.stdout.write(key + '\\n')
      }
    }
    await Promise.all([work(), work(), work(), work()])`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const answered: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    answered.push(line)
    if (answered.length === 200) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  t.equal(child.signalCode, 'SIGKILL')

  const kept = new Set(keys(await open(t, file)))
  t.same(
    answered.filter(key => !kept.has(key)),
    [],
  )
  t.ok(kept.size <= answered.length + 4, 'and nothing was made up')
})

const wish = { relationship: 'relates', origin: 'crm' }

t.test('a sandbox whose file was taken over answers nothing that it cannot store', async t => {
  const file = fileOf(t)
  const world = await open(t, file)
  const { ask } = await playTracker(t, {}, world)
  t.match(await ask('POST', '/v3/issues/TEST-1/remotelinks', { ...wish, key: '1' }), { status: 201 })
  const other = await open(t, file)
  t.match(await ask('POST', '/v3/issues/TEST-1/remotelinks', { ...wish, key: '2' }), { status: 500 })
  t.match(
    await ask('GET', '/v3/issues/TEST-1/remotelinks'),
    { status: 500 },
    'what it holds in memory is not the truth',
  )
  await t.rejects(world.close(), /was taken over/)
  t.same(keys(other), ['1'])
  await rm(file)
})

t.test('after a move, a removal names the same key before and after a restart', async t => {
  const file = fileOf(t)
  const { calls, crm: called } = await playApplication(t)
  const application = { ...crm, ...called }
  const openSandbox = async () => {
    const sandbox = await buildSandbox({ world: await openWorld(file, { ...options, applications: [application] }) })
    t.teardown(() => sandbox.app.close())
    const headers = { authorization: 'OAuth canary-any' }
    const ask = (method: 'POST' | 'DELETE', url: string, payload = {}) =>
      sandbox.app.inject({ method, url: `/v3/issues/${url}`, payload, headers })
    return { ...sandbox, ask }
  }
  const before = await openSandbox()
  for (const key of ['1', '2', '3'])
    await before.ask('POST', 'TEST-1/remotelinks?backlink=true', { relationship: 'relates', key, origin: 'crm' })
  await before.ask('POST', 'TEST-1/_move?queue=NEW')
  await before.ask('DELETE', 'NEW-1/remotelinks/1')
  await before.app.close()

  const after = await openSandbox()
  await after.ask('DELETE', 'NEW-1/remotelinks/2')
  after.desk.setFaults(completeFaults({ removeLink: { formerKey: true } }))
  await after.ask('DELETE', 'NEW-1/remotelinks/3')
  t.same(
    calls.slice(3).map(call => /issueKey=([^&]*)/.exec(call)?.[1]),
    ['NEW-1', 'NEW-1', 'TEST-1'],
  )
})
