import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ObjectSourceConfig } from '../../../src/config/schema.ts'
import { createCardRules } from '../../../src/linked-objects/mapping/card-rules.ts'
import { readPeopleFile } from '../../../src/linked-objects/mapping/people-file.ts'
import type { ObjectInfo } from '../../../src/tracker-contract/object-info.ts'
import { applicationWith } from '../../support/source-application.ts'

const rulesOf = (objects: ObjectSourceConfig) => createCardRules(applicationWith(objects), 'https://links.example.com')
const card = (more: object): ObjectInfo => ({ key: '1', summary: 'Deal', ...more }) as ObjectInfo
const icon = (name: string) => `https://links.example.com/crm/icons/${name}.svg`

t.test('a state rule names the status, and fills in the rest if an object has none of its own', async t => {
  const rules = rulesOf({
    source: 'store',
    states: {
      won: { name: 'Won', description: 'Signed', resolution: 'Sold', icon: 'done' },
      lost: { icon: 'cancelled' },
      '*': { icon: 'open' },
    },
  })
  t.same(rules(card({ status: { name: 'won' } })), {
    ...card({ status: { name: 'Won', description: 'Signed' } }),
    resolution: { name: 'Sold' },
    iconUrl: icon('done'),
  })
  const own = {
    status: { name: 'won', description: 'By phone' },
    resolution: { name: 'Gift' },
    iconUrl: 'https://x/i.svg',
  }
  t.same(rules(card(own)), card({ ...own, status: { name: 'Won', description: 'By phone' } }))
  t.same(rules(card({ status: { name: 'lost' } })), card({ status: { name: 'lost' }, iconUrl: icon('cancelled') }))
  t.same(rules(card({ status: { name: 'new' } })), card({ status: { name: 'new' }, iconUrl: icon('open') }), '`*`')
  t.same(rules(card({})), card({}), 'an object without a status has no rule')
  t.same(
    rules(card({ status: { name: 'constructor' } })),
    card({ status: { name: 'constructor' }, iconUrl: icon('open') }),
  )
})

t.test('a status without a rule gets the icon `unknown` only if rules have icons', async t => {
  const status = { name: 'new' }
  t.same(
    rulesOf({ source: 'store', states: { won: { icon: 'done' } } })(card({ status })),
    card({ status, iconUrl: icon('unknown') }),
  )
  t.same(rulesOf({ source: 'store', states: { won: { name: 'Won' } } })(card({ status })), card({ status }))
  t.same(rulesOf({ source: 'store' })(card({ status })), card({ status }))
})

t.test('states of the application go before those of a ready-made mapping', async t => {
  const objects = { source: 'http', url: 'https://x/{{remoteKey}}', mapping: { use: 'gitlab-issue' } } as const
  const rules = rulesOf({ ...objects, states: { opened: { name: 'Offen', icon: 'review' } } })
  t.match(rules(card({ status: { name: 'opened' } })), { status: { name: 'Offen' }, iconUrl: icon('review') })
  t.match(rules(card({ status: { name: 'closed' } })), { status: { name: 'Closed' }, iconUrl: icon('done') })
})

const mapped = { source: 'http', url: 'https://x/{{remoteKey}}', mapping: { summary: 'title' } } as const
const assigned = card({ assignee: { login: 'jdoe' } })

t.test('a login of the application becomes the person in Tracker, or is not shown', async t => {
  const people = { table: { jdoe: { trackerUid: '9223372036854775807', login: 'user1' } } }
  t.same(
    rulesOf({ ...mapped, people })(assigned),
    card({ assignee: { trackerUid: 9223372036854775807n, login: 'user1' } }),
  )
  t.same(rulesOf({ ...mapped, people })(card({ assignee: { login: 'other' } })), card({}))
  t.same(
    rulesOf({ ...mapped, people: { ...people, asIs: true } })(card({ assignee: { login: 'other' } })),
    card({ assignee: { login: 'other' } }),
  )
  t.same(rulesOf(mapped)(assigned), card({}), 'without people a login of the application says nothing')
})

t.test('a card that was pushed, or made by a module, names people of Tracker already', async t => {
  t.same(rulesOf({ source: 'store' })(assigned), assigned)
  t.same(rulesOf({ source: 'module', file: 'x.ts' })(assigned), assigned)
  const people = { table: { jdoe: { login: 'user1' } } }
  t.same(rulesOf({ source: 'store', people })(assigned), card({ assignee: { login: 'user1' } }))
  const known = card({ assignee: { login: 'jdoe', trackerUid: 5n } })
  t.same(rulesOf({ source: 'store', people })(known), known)
})

t.test('a file of people is read; the table goes before it', async t => {
  const file = join(
    t.testdir({ 'people.csv': 'login,applicationLogin,trackerUid\nuser2,jdoe,\n"user3","a,b",7\r\n,c,8\n' }),
    'people.csv',
  )
  const rules = rulesOf({ ...mapped, people: { file, table: { c: { login: 'user9' } } } })
  const of = (login: string) => rules(card({ assignee: { login } })).assignee
  t.same(of('jdoe'), { login: 'user2' })
  t.same(of('a,b'), { login: 'user3', trackerUid: 7n })
  t.same(of('c'), { login: 'user9' })
})

t.test('a fault in a file of people is reported with its line', async t => {
  const file = join(t.testdir({}), 'people.csv')
  for (const [content, message] of [
    ['', /first line must name the columns/],
    ['login,trackerUid\nuser1,5\n', /first line must name the columns/],
    ['applicationLogin\njdoe\n', /first line must name the columns/],
    ['applicationLogin,login,login\n', /first line must name the columns/],
    ['applicationLogin,Login\n', /first line must name the columns/],
    ['applicationLogin,login\njdoe\n', /line 2 has 1 cells/],
    ['applicationLogin,login\njdoe,user1\n\njdoe,user2\n', /line 4 repeats an applicationLogin/],
    ['applicationLogin,login\n,user1\n', /line 2 needs an applicationLogin/],
    ['applicationLogin,login\njdoe,\n', /line 2 needs an applicationLogin and a login/],
    ['applicationLogin,trackerUid\njdoe,12x\n', /line 2 has a uid/],
    ['applicationLogin,login\n"jdoe,user1\n', /line 2 has a quote out of place/],
    [Buffer.from([0xff, 0xfe, 0x41]), /not UTF-8/],
  ] as const) {
    writeFileSync(file, content)
    t.throws(() => readPeopleFile(file), { message }, String(message))
  }
  t.throws(() => readPeopleFile(`${file}.none`), { message: /cannot be read \(ENOENT\)/ })
})
