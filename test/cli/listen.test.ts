import type { AddressInfo } from 'node:net'
import t from 'tap'
import { acceptors, listenAt } from '../../src/cli/serve/listen.ts'
import { fillSandbox } from '../../src/config/fill-defaults.ts'
import { defaultRetention } from '../../src/config/schemas/retention-schema.ts'
import { testApp } from '../support/test-app.ts'

t.test('all addresses of a name are served by one app, also after a reload, and closed with it', async t => {
  const { openReplica } = await testApp(t)
  const config = {
    publicUrl: 'https://links.example.com',
    organizations: [],
    retention: defaultRetention,
    applications: [],
    sandbox: fillSandbox(),
  }
  const { publicApp, reload, close } = await openReplica({ readAgain: () => ({ config, needRestart: [] }) })
  await listenAt(publicApp, ['127.0.0.1', '127.0.0.2', '192.0.2.1'], { port: 0, acceptors: acceptors.public })
  const { port } = publicApp.server.address() as AddressInfo
  const codeAt = async (host: string) => {
    const answer = await fetch(`http://${host}:${port}/crm/objects/1`)
    return ((await answer.json()) as { code: string }).code
  }
  for (const host of ['127.0.0.1', '127.0.0.2']) t.equal(await codeAt(host), 'object-unknown')
  await reload()
  for (const host of ['127.0.0.1', '127.0.0.2']) t.equal(await codeAt(host), 'no-such-address', host)
  await close()
  for (const host of ['127.0.0.1', '127.0.0.2']) await t.rejects(codeAt(host), host)
})
