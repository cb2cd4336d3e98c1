// The sandbox's pages in a window of 320 px, the narrowest that a reader may have, with names that leave no room.
import t from 'tap'
import { withSettings } from '../../src/sandbox/call-desk/desk-settings.ts'
import { completeFaults } from '../../src/sandbox/call-desk/faults.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import { json, playApplication } from '../application-calls/play-application.ts'
import { startBrowser } from '../support/start-browser.ts'
import { crm } from './play-tracker.ts'

const long = 'x'.repeat(300)
const { crm: called, answerWith } = await playApplication(t)
answerWith(({ method, url = '' }, response) => {
  const key = decodeURIComponent(url.split('/').at(-1) ?? '')
  if (key === '1') response.setHeader('age', '300')
  const status = { name: 'Waits for the approval of the department' }
  const card = {
    key,
    summary: `${key} ${long}`,
    status,
    assignee: { login: `${long}@example.com` },
    updated: 'never',
    [long]: 1,
  }
  json(response, card, method === 'GET' ? 200 : 422)
})
const named = (id: string, name: string) => ({ ...crm, ...called, id, name })
const applications = [
  named('crm', 'Customer relations and contracts of the company'),
  named('ru.example.tests', 'Система-испытаний-с-очень-длинным-названием-без-пробелов'),
]
const world = createWorld({ applications })
const { app, desk } = await buildSandbox({ world })
t.teardown(() => app.close())
const address = await app.listen({ host: '127.0.0.1', port: 0 })
desk.setSettings(withSettings(desk.settings(), { applications: { crm: { token: 'user' } } }))
desk.setFaults(completeFaults({ createLink: { slow: 1, repeated: true } }))

const send = (path: string, body: object) =>
  fetch(`${address}/v3/${path}`, {
    method: 'POST',
    headers: { authorization: 'OAuth canary-any' },
    body: JSON.stringify(body),
  })
for (const key of ['1', long, '  '])
  await send('issues/TEST-1/remotelinks?backlink=true', { relationship: 'relates', key, origin: 'crm' })
await send('issues/TEST-1/_move?queue=PROD', {})
await send('issues', { queue: 'PROD', summary: long })

/** Elements that are cut off: by the window, or by what clips them. What scrolls by itself is not. */
const cutOff = `
  [...document.querySelectorAll('body *:not(.skip)')]
    .filter(element => {
      const clip = element.parentElement.closest('.row, .log, .issues, #faults form') ?? document.documentElement
      const scroller = element.parentElement.closest('pre')
      return !scroller && element.getBoundingClientRect().right > clip.getBoundingClientRect().right + 0.5
    })
    .map(element => element.outerHTML.slice(0, 200))`

t.test('no page scrolls sideways, and nothing is cut off', async t => {
  const browser = await startBrowser(t)
  const page = await browser.newPage({ viewport: { width: 320, height: 640 } })
  for (const path of ['issues/PROD-3', 'queues/PROD', `issues/${long}`]) {
    await page.goto(`${address}/${path}`)
    const isIssue = path === 'issues/PROD-3'
    if (isIssue) {
      await page.getByLabel('Key of an object').fill(`${long}2`)
      await page.getByRole('button', { name: 'Add link' }).click()
      await page.getByRole('status').filter({ hasText: 'refused it: it answered 422.' }).waitFor()
      for (const call of await page.getByText('Entity info', { exact: true }).all()) await call.click()
    }
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, path)
    t.same(await page.evaluate(cutOff), [], path)
    const findings = page.getByRole('region', { name: 'Requests to the API of Tracker' })
    t.equal(await findings.count(), path.includes(long) ? 0 : 1)
  }
})

t.test(
  'a card that the application marks as older shows of when it is, and a missing header is among the findings',
  async t => {
    const page = await (await fetch(`${address}/issues/PROD-3`)).text()
    const [, day, time] =
      /last good card, as of <time[^>]*>(\d+ \w+ \d{4}), (\d\d:\d\d:\d\d)<\/time> UTC/.exec(page) ?? []
    const seconds = (Date.now() - Date.parse(`${day} ${time} UTC`)) / 1000
    t.ok(seconds >= 300 && seconds < 400, `${seconds}`)
    t.equal(page.split('last good card').length, 2, 'only that one')
    t.match(page, /<code>X-Org-ID<\/code> is missing, and is required\./)
    t.match(page, 'POST /v3/issues/:issue/remotelinks')
  },
)
