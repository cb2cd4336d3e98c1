import t from 'tap'
import { formatTrackerDate, parseTrackerDate } from '../../src/tracker-contract/tracker-date.ts'

t.test("a moment is written in Tracker's form", async t => {
  t.equal(formatTrackerDate(new Date(Date.UTC(2024, 4, 2, 10, 11, 12, 345))), '2024-05-02T10:11:12.345+0000')
})

t.test('any ISO 8601 form with an offset is read', async t => {
  for (const text of [
    '2024-05-02T10:11:12.345+0000',
    '2024-05-02T13:11:12.345+0300',
    '2024-05-02T13:11:12.345+03:00',
    '2024-05-02T10:11:12.345Z',
    '2024-05-02T10:11:12.345999Z',
    '2024-05-02T05:41:12.345-0430',
  ])
    t.equal(parseTrackerDate(text)?.toISOString(), '2024-05-02T10:11:12.345Z', text)
  t.equal(parseTrackerDate('2024-02-29T00:00:00+0000')?.toISOString(), '2024-02-29T00:00:00.000Z')
})

t.test('a moment that does not exist is refused', async t => {
  for (const text of [
    '2024-02-30T00:00:00.000+0000',
    '2023-02-29T00:00:00.000+0000',
    '2024-13-01T00:00:00.000+0000',
    '2024-05-02T24:00:00.000+0000',
    '2024-05-02T10:60:00.000+0000',
    '2024-05-02T10:11:12.345+1401',
    '2024-05-02T10:11:12.345-1201',
    '2024-05-02T10:11:12.345+0360',
    '9999-12-31T23:59:59.999-1200',
    '2024-05-02T10:11:12.345',
    '2024-05-02',
    '',
  ])
    t.equal(parseTrackerDate(text), undefined, text)
})
