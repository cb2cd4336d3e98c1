import t from 'tap'
import { exchange } from '../black-box/raw-request.ts'
import { testApp } from '../support/test-app.ts'

t.test('the port for operators answers under its own names and under IP addresses', async t => {
  const { openReplica } = await testApp(t)
  const { adminApp, publicApp } = await openReplica({ adminHosts: ['0.0.0.0', 'Server', 'links.example.com'] })
  const call = (host: string, url = '/health/ready') => adminApp.inject({ url, headers: { host } })

  for (const name of ['localhost', 'LocalHost', 'localhost.', 'server', 'links.example.com', 'LINKS.example.com'])
    for (const host of [name, `${name}:8081`]) t.equal((await call(host)).statusCode, 200, host)
  for (const host of ['127.0.0.1', '10.1.2.3:8081', '[::1]', '[::1]:8081', '[fd00::1]:80'])
    t.equal((await call(host)).statusCode, 200, host)

  for (const host of [
    'rebound.example.com',
    'rebound.example.com:8081',
    'localhost.example.com',
    'server.example.com',
    'notserver',
    'links.example.com.evil.example',
    '127.0.0.1.nip.io',
    '0x7f.1',
    '[localhost]',
    'localhost:8081:8081',
  ])
    for (const url of ['/health/ready', '/health/live', '/api/links', '/docs/', '/openapi.json', '/nowhere']) {
      const answer = await call(host, url)
      t.equal(answer.statusCode, 421, `${host} ${url}`)
      t.match(answer.json(), { code: 'host-not-allowed', hint: /ADMIN_ALLOWED_HOSTS/ })
    }
  const asTracker = { url: '/health', headers: { host: 'links.customer.example' } }
  t.equal((await publicApp.inject(asTracker)).statusCode, 200, 'the public port has the name that its owner gave it')
})

t.test('an old client that sends no Host is answered', async t => {
  const { adminApp } = await testApp(t)
  await adminApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = adminApp.server.address() as { port: number }
  const answer = await exchange(port, Buffer.from('GET /health/live HTTP/1.0\r\n\r\n'))
  t.equal(answer?.status, 200)
})
