import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startBrowser } from '../../support/start-browser.ts'
import { testApi } from '../../support/test-api.ts'

t.test('the document is sent to whoever asks', async t => {
  const { adminApp } = await testApi(t)
  const answer = await adminApp.inject({ url: '/openapi.json' })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], /^application\/json/)
  t.match(answer.json(), { openapi: '3.1.1', paths: { '/api/applications': { get: {} } } })
})

t.test('an address that is not described is 404, another method 405, and neither asks for a key', async t => {
  const { adminApp } = await testApi(t)
  for (const url of ['/api', '/api/nothing', '/api/applications/crm/objects/a/b/c', '/docs/../secret', '/api/keys/'])
    t.match((await adminApp.inject({ url })).json(), { status: 404, code: 'no-such-endpoint' }, url)
  const wrong = await adminApp.inject({ method: 'DELETE', url: '/api/keys?a=b' })
  t.match(wrong.json(), { status: 405, code: 'method-not-allowed' })
  t.equal(wrong.headers.allow, 'GET, HEAD, POST')
  const options = await adminApp.inject({ method: 'OPTIONS', url: '/api/applications/crm/links' })
  t.match(options, { statusCode: 405, headers: { allow: 'GET, HEAD, POST, DELETE', 'cache-control': 'no-store' } })
})

t.test('a browser shows every operation at /docs, from this server alone, and may try them', async t => {
  const { adminApp, makeKey } = await testApi(t)
  const key = await makeKey()
  await adminApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = adminApp.server.address() as AddressInfo
  const { page, told } = await openPage(t, `http://127.0.0.1:${port}/docs`)

  const document = (await adminApp.inject({ url: '/openapi.json' })).json()
  const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap(item =>
    Object.values(item),
  )
  await page.locator('.opblock').first().waitFor()
  t.equal(await page.locator('.opblock').count(), operations.length)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.locator('html.dark-mode').waitFor()

  await page.locator('button.authorize').first().click()
  await page.locator('.auth-container input').fill(key)
  await page.locator('.auth-btn-wrapper .authorize').click()
  await page.locator('.auth-btn-wrapper .btn-done').click()
  await page.locator('#operations-Applications-listApplications .opblock-summary-control').click()
  await page.locator('.try-out__btn').click()
  await page.locator('.execute').click()
  const answer = page.locator('.live-responses-table .highlight-code')
  await answer.first().waitFor()
  t.match(await answer.first().textContent(), '"crm"')
  t.same(told, [])
})

/** A page, and what it told on its console or asked of other addresses: nothing, if all is well. */
async function openPage(t: Test, address: string) {
  const browser = await startBrowser(t)
  const page = await browser.newPage()
  const told: string[] = []
  page.on('console', message => told.push(message.text()))
  page.on('pageerror', error => told.push(error.message))
  page.on('requestfailed', request => told.push(`failed: ${request.url()}`))
  page.on('request', request => {
    if (!request.url().startsWith(new URL(address).origin) && !request.url().startsWith('data:'))
      told.push(request.url())
  })
  await page.goto(address)
  return { page, told }
}
