import t from 'tap'
import { nearestName } from '../../src/config/nearest-name.ts'

const known = ['id', 'path', 'name', 'frontUrl', 'defaultIconUrl', 'authorization', 'unknownObjects']

t.test('a slip of the fingers finds the name', async t => {
  const slips: Record<string, string> = {
    nmae: 'name',
    naem: 'name',
    Name: 'name',
    names: 'name',
    pth: 'path',
    frontURL: 'frontUrl',
    front_url: 'frontUrl',
    defaultIcon: 'defaultIconUrl',
    autorisation: 'authorization',
    'unknown-objects': 'unknownObjects',
    Id: 'id',
    ids: 'id',
  }
  for (const [slip, meant] of Object.entries(slips)) t.equal(nearestName(slip, known), meant, slip)
})

t.test('another word finds nothing', async t => {
  for (const word of ['', 'x', 'url', 'icon', 'owner', 'constructor', 'x'.repeat(10_000)])
    t.equal(nearestName(word, known), undefined, word.slice(0, 20))
})

t.test('the nearest of several wins', async t => {
  t.equal(nearestName('tokn', ['none', 'token', 'user']), 'token')
  t.equal(nearestName('clientid', ['clientSecret', 'clientId', 'client']), 'clientId')
})
