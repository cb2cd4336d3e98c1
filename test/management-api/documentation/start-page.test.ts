import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startBrowser } from '../../support/start-browser.ts'
import { testApi } from '../../support/test-api.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

t.test('the top of the admin port says what stands where, to a program in JSON', async t => {
  const { adminApp } = await testApi(t)
  for (const accept of [undefined, '*/*', 'application/json']) {
    const answer = await adminApp.inject({ url: '/', headers: accept === undefined ? {} : { accept } })
    t.match(answer, { statusCode: 200, headers: { vary: 'accept', 'cache-control': 'no-store' } })
    const { links, ...rest } = answer.json()
    t.same(rest, { name: 'tracker-link-server', version })
    for (const address of Object.values<string>(links))
      t.equal((await adminApp.inject(`/${address}`)).statusCode, 200, address)
  }
  t.match((await adminApp.inject({ method: 'POST', url: '/' })).json(), { status: 405, code: 'method-not-allowed' })
})

t.test('a browser shows it as a page that loads from this server alone, and its links lead somewhere', async t => {
  const { adminApp } = await testApi(t)
  await adminApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = adminApp.server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}/`
  const page = await (await startBrowser(t)).newPage()
  const told: string[] = []
  page.on('console', message => told.push(message.text()))
  page.on('request', request => {
    if (!request.url().startsWith(address) && !request.url().startsWith('data:')) told.push(request.url())
  })
  const answer = await page.goto(address)
  t.match(answer?.headers()['content-security-policy'], /default-src 'none'.*style-src 'self'/)
  t.match(await page.locator('.badge').textContent(), version)
  const links = await page.locator('main a').all()
  t.equal(links.length, 5)
  for (const link of links)
    t.equal((await fetch(new URL((await link.getAttribute('href')) ?? 'none', address))).status, 200)
  t.same(told, [])
})
