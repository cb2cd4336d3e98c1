import t from 'tap'
import { closeProbes, isProbed, lookAgain, openProbes, useProbes } from '../../../src/request-log/probe/keep-probes.ts'
import { forgetProbe } from '../../../src/storage/calls/probe-runs.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

t.test('a probe is told once when it starts and when it ends, also if it begins anew', async t => {
  const { prisma, applications, log, logger } = await testApp(t)
  // The server itself has none.
  const probed = Array.from(applications.values(), application => ({ ...application, probe: { days: 14 } }))
  let later = 0
  const probes = openProbes({ database: prisma, log: logger, now: () => Date.now() + later })
  t.teardown(() => closeProbes(probes))
  const told = () =>
    log.flatMap(({ msg }) => /^the probe (starts|goes on|has ended|ended before)/.exec(String(msg))?.[1] ?? [])
  // Looks that come together: one server starts the probe once.
  useProbes(probes, probed)
  lookAgain(probes)
  lookAgain(probes)
  await probes.starting
  t.same(told(), ['starts'])
  t.ok(isProbed(probes, 'crm'))

  for (const times of [1, 2]) {
    later = 15 * 86_400_000
    t.notOk(isProbed(probes, 'crm'))
    lookAgain(probes)
    lookAgain(probes)
    await probes.starting
    t.equal(told().filter(text => text === 'has ended').length, times)
    await forgetProbe(prisma, 'crm')
    later = 0
    lookAgain(probes)
    await until(() => isProbed(probes, 'crm'))
  }
  t.same(told(), ['starts', 'has ended', 'starts', 'has ended', 'starts'])
})

t.test('of two configurations in quick succession the later one holds', async t => {
  const { prisma, applications, logger } = await testApp(t)
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slowly = async (...input: Parameters<(typeof prisma)['$queryRaw']>) => {
    asked.resolve()
    await gate.promise
    return await prisma.$queryRaw(...input)
  }
  const database = new Proxy(prisma, {
    get: (target, name) => (name === '$queryRaw' ? slowly : Reflect.get(target, name)),
  })
  const probes = openProbes({ database, log: logger })
  t.teardown(() => closeProbes(probes))
  useProbes(
    probes,
    Array.from(applications.values(), application => ({ ...application, probe: { days: 14 } })),
  )
  const { starting } = probes
  await asked.promise
  useProbes(probes, [])
  gate.resolve()
  await starting
  await probes.starting
  t.equal(await prisma.probeRun.count(), 1, 'the first was begun with')
  t.notOk(isProbed(probes, 'crm'))
})
