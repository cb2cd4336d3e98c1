// In production nothing is served that its owner did not configure.
import { readdirSync } from 'node:fs'
import t from 'tap'
import { commandIn, crmConfig, twoFolders } from './command-in.ts'

const run = await commandIn()

t.test('in production the open sample is not served, and the refusal says what to do', async t => {
  for (const words of [['serve'], ['config', 'check']]) {
    const { here } = twoFolders(t)
    const { code, out, told } = await run(here, words, { NODE_ENV: 'production', PORT: '0' })
    t.same([code, out], [2, ''], words.join(' '))
    t.match(told, `NODE_ENV is production, and there is no configuration file: no tracker-links.yaml in ${here}`)
    t.match(told, 'TRACKER_LINKS_CONFIG')
    t.same(readdirSync(here), [], 'no data folder was made')
  }
})

t.test('NODE_ENV counts from a .env, too, and with a configuration nothing is refused', async t => {
  const { here, there } = twoFolders(t, {
    here: { '.env': 'NODE_ENV=production\n' },
    there: { 'tracker-links.yaml': crmConfig },
  })
  t.match(await run(here, ['serve'], { PORT: '0' }), { code: 2, told: 'NODE_ENV is production' })
  const settings = { NODE_ENV: 'production', CRM_TOKEN: 'canary-Hq7wX2mK9vT4bN8sW3yF6hJ1uP5g' }
  t.match(await run(there, ['config', 'check'], settings), { code: 0, out: /is right: crm\n/ })
})
