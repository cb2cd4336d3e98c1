// A real process that gets SIGTERM: what its answers tell a client that keeps connections.
import t from 'tap'
import { until } from '../support/until.ts'
import { startServer } from './start-server.ts'

t.test('from SIGTERM to its end a server closes each connection with an answer, on both ports', async t => {
  const server = await startServer(t, { env: { DRAIN_SECONDS: '3' } })
  const addresses = [`${server.url}/demo/objects/1234`, `${server.url}/health`, `${server.adminUrl}/health/live`]
  const connectionsOf = async () => {
    const answers = await Promise.all(addresses.map(address => fetch(address)))
    await Promise.all(answers.map(answer => answer.arrayBuffer()))
    return answers.map(({ headers }) => headers.get('connection'))
  }
  t.same(await connectionsOf(), ['keep-alive', 'keep-alive', 'keep-alive'])
  const stopped = server.stop('SIGTERM')
  await until(() => server.output().includes('"msg":"not ready from now on"'))
  t.same(await connectionsOf(), ['close', 'close', 'close'], 'on connections that were kept')
  t.same(await connectionsOf(), ['close', 'close', 'close'], 'on new ones')
  t.equal(await stopped, 0)
})
