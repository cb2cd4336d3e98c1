import t from 'tap'
import { commandLine } from '../command-line.ts'

t.test('links history says up to when events were removed', async t => {
  const cli = await commandLine(t)
  await cli.run(['links', 'add', 'TEST-1', 'a'])
  t.notMatch(await cli.run(['links', 'history']), { out: /were removed/ })
  t.notOk('removedUntil' in (await cli.json('links', 'history')))
  await cli.prisma.removedEvent.create({
    data: { applicationId: 'demo', id: 0n, occurredAt: new Date('2026-01-02T03:04:05Z') },
  })
  t.match(await cli.run(['links', 'history']), {
    out: /TEST-1 [\s\S]*\n\nEvents up to 2026-01-02T03:04:05.000Z were removed/,
  })
  t.match(await cli.json('links', 'history'), { removedUntil: '2026-01-02T03:04:05.000Z' })
})
