import { deepStrictEqual } from 'node:assert/strict'
import * as fc from 'fast-check'
import t from 'tap'
import { CommandRefusal } from '../../../src/cli/command.ts'
import { type Row, readRows } from '../../../src/cli/objects/read-rows.ts'
import type { Format } from '../../../src/cli/rows/read-cells.ts'
import { cardFields } from '../../../src/linked-objects/check-card.ts'
import { type ObjectInfo, objectInfoJson } from '../../../src/tracker-contract/object-info.ts'
import { parseRemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { formatTrackerDate } from '../../../src/tracker-contract/tracker-date.ts'

/** The rows of a file that arrives in pieces of `size` bytes. */
async function rowsOf(format: Format, file: string | Buffer, size = 65_536): Promise<Row[]> {
  const bytes = Buffer.from(file)
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
  }
  const rows: Row[] = []
  for await (const some of readRows(format, chunks())) rows.push(...some)
  return rows
}

/** Line and fields of the wrong rows, `line key` of the right ones. */
async function told(format: Format, file: string | Buffer, size?: number): Promise<string[]> {
  const rows = await rowsOf(format, file, size)
  return rows.map(row =>
    'object' in row
      ? `${row.line} ${row.object.key}`
      : `${row.line}: ${row.faults.map(({ field, rule }) => `${field} ${rule}`).join('; ')}`,
  )
}

const csvCell = (value: string | bigint | undefined) =>
  value === undefined ? '' : `"${value.toString().replaceAll('"', '""')}"`

function csvLine(card: ObjectInfo): string {
  const flat: Record<string, string | bigint | undefined> = {
    key: card.key,
    summary: card.summary,
    iconUrl: card.iconUrl,
    'status.name': card.status?.name,
    'status.description': card.status?.description,
    'resolution.name': card.resolution?.name,
    'resolution.description': card.resolution?.description,
    'assignee.trackerUid': card.assignee?.trackerUid,
    'assignee.passportUid': card.assignee?.passportUid,
    'assignee.login': card.assignee?.login,
    updated: card.updated && formatTrackerDate(card.updated),
    deadline: card.deadline && formatTrackerDate(card.deadline),
  }
  return cardFields.map(field => csvCell(flat[field])).join(',')
}

const words = (most: number) =>
  fc.string({ unit: 'binary', minLength: 1, maxLength: most }).filter(text => /\S/.test(text) && !text.includes('\0'))
const named = fc.record({ name: words(20), description: words(30) }, { requiredKeys: ['name'], noNullPrototype: true })
const uid = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const moment = fc.date({
  min: new Date('1000-01-02T00:00:00Z'),
  max: new Date('9999-12-30T00:00:00Z'),
  noInvalidDate: true,
})
const card = fc.record(
  {
    key: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .map(parseRemoteKey)
      .filter(key => key !== undefined),
    summary: words(60),
    iconUrl: fc.webUrl(),
    status: named,
    resolution: named,
    assignee: fc
      .record({ trackerUid: uid, passportUid: uid, login: words(20) }, { requiredKeys: [], noNullPrototype: true })
      .filter(assignee => Object.keys(assignee).length > 0),
    updated: moment,
    deadline: moment,
  },
  { requiredKeys: ['key', 'summary'], noNullPrototype: true },
)

t.test('any card comes back as it was written, from each format and in pieces of any size', async t => {
  const property = fc.asyncProperty(
    fc.array(card, { maxLength: 8 }),
    fc.integer({ min: 1, max: 400 }),
    async (cards, size) => {
      const lines = cards.map(objectInfoJson)
      const files: [Format, string][] = [
        ['ndjson', lines.join('\n')],
        ['json', `[${lines.join(',\n')}]`],
        ['csv', [cardFields.join(','), ...cards.map(csvLine)].join('\r\n')],
      ]
      for (const [format, file] of files) {
        const rows = await rowsOf(format, file, size)
        deepStrictEqual(
          rows.map(row => ('object' in row ? row.object : row)),
          cards,
          format,
        )
      }
    },
  )
  await t.resolves(fc.assert(property, { numRuns: 60 }))
})

t.test('a byte order mark, Windows line ends, blank lines and a missing last line end are fine', async t => {
  for (const size of [1, 2, 3, 1000]) {
    t.same(await told('ndjson', '\ufeff{"key":"1","summary":"a"}\r\n\r\n  \n{"key":"2","summary":"b"}', size), [
      '1 1',
      '4 2',
    ])
    t.same(await told('csv', '\ufeffkey,summary\r\n1,a\r\n\r\n2,b', size), ['2 1', '4 2'])
    t.same(await told('json', '\ufeff\r\n[{"key":"1","summary":"a"},\r\n{"key":"2","summary":"b"}\r\n]\r\n', size), [
      '2 1',
      '3 2',
    ])
  }
  t.same(await told('csv', 'key,summary\n\ufeff1,a'), ['2 \ufeff1'], 'a mark anywhere else belongs to the key')
})

const latin = (before: string, after: string) =>
  Buffer.concat([Buffer.from(before), Buffer.from([0xe9]), Buffer.from(after)])

t.test('bytes that are not UTF-8 spoil only their own row', async t => {
  const [one, two] = ['{"key":"1","summary":"a"}', '{"key":"3","summary":"c"}']
  t.same(await told('ndjson', latin(`${one}\n{"key":"2","summary":"b`, `"}\n${two}`)), [
    '1 1',
    '2: row must be UTF-8',
    '3 3',
  ])
  t.same(await told('json', latin(`[${one},\n{"key":"2","summary":"b`, `"},\n${two}]`)), [
    '1 1',
    '2: row must be UTF-8',
    '3 3',
  ])
  t.same(await told('csv', latin('key,summary\n1,a\n2,b', '\n3,c\n')), ['2 1', '3: row must be UTF-8', '4 3'])
  await t.rejects(rowsOf('csv', latin('key,summary', ',x\n1,a')), /The header of the CSV file cannot be read/)
})

t.test('a whole number keeps all of its digits, and any other number is refused', async t => {
  const numbers = ['0', '9007199254740993', '9223372036854775807', '-9223372036854775808']
  for (const digits of numbers) {
    const [row] = await rowsOf('ndjson', `{"key": ${digits}, "summary": "a", "assignee": {"trackerUid": ${digits}}}`)
    t.strictSame(row, { line: 1, object: { key: digits, summary: 'a', assignee: { trackerUid: BigInt(digits) } } })
  }
  for (const number of [
    '1e3',
    '1.0',
    '-0',
    '8000000000000000.4',
    '9223372036854775808',
    '"12 "',
    '"1e3"',
    'true',
    '[1]',
  ])
    t.same(await told('ndjson', `{"key":"1","summary":"a","assignee":{"passportUid" :${number}}}`), [
      '1: assignee.passportUid must be a whole number of 64 bits',
    ])
})

t.test('a wrong field is listed with its rule, and every fault of a row at once', async t => {
  const cases: [string, RegExp][] = [
    ['{"key":"","summary":"a"}', /^1: key must be there$/],
    ['{"key":"a\\u0000","summary":"a"}', /^1: key must be 1 to 255 Unicode characters/],
    ['{"key":"\\ud800","summary":"a"}', /^1: key must be 1 to 255/],
    [`{"key":"${'k'.repeat(256)}","summary":"a"}`, /^1: key must be 1 to 255/],
    ['{"key":"1"}', /^1: summary must be there$/],
    ['{"key":"1","summary":" "}', /^1: summary must be a text of 1 to 1,000 characters/],
    ['{"key":"1","summary":"a\\u0000"}', /^1: summary must be a text .* without NUL/],
    [`{"key":"1","summary":"${'😀'.repeat(1001)}"}`, /^1: summary must be a text of 1 to 1,000 characters/],
    ['{"key":"1","summary":5}', /^1: summary must be a text/],
    ['{"key":"1","summary":"a","iconUrl":"javascript:alert(1)"}', /^1: iconUrl must be an address/],
    ['{"key":"1","summary":"a","iconUrl":"https://x/\\u0000"}', /^1: iconUrl must be an address/],
    ['{"key":"1","summary":"a","status":"Open"}', /^1: status must be a JSON object$/],
    ['{"key":"1","summary":"a","status":{"description":"x"}}', /^1: status.name must be there$/],
    ['{"key":"1","summary":"a","updated":"2024-02-30T00:00:00.000+0000"}', /^1: updated must be a moment/],
    ['{"key":"1","summary":"a","deadline":"2024-06-01"}', /^1: deadline must be a moment/],
    ['{"key":"1","summary":"a","deadline":"9999-12-31T23:59:59.999-1200"}', /^1: deadline must be a moment/],
    [
      '{"summary":"","updated":1,"nonsense":true}',
      /^1: nonsense is no field.*; key must.*; summary must.*; updated must/,
    ],
    ['[]', /^1: row must be a JSON object$/],
    ['{"key":"1"', /^1: row must be valid JSON$/],
    ['{"key":"1","summary":"a","key":"2"}', /^1: key must stand once in its object$/],
    ['{"key":"1","summary":"a","status":{"name":"a","na\\u006de":"b"}}', /^1: name must stand once/],
    ['{"key":"1","summary":"a","__proto__":{"x":1}}', /^1: __proto__ is no field/],
  ]
  for (const [row, expected] of cases) t.match((await told('ndjson', row))[0], expected, row.slice(0, 80))
  t.same(
    await told('ndjson', `{"key":"1","summary":"${'😀'.repeat(1000)}"}`),
    ['1 1'],
    '1,000 characters of four bytes',
  )
})

t.test('null and an empty text count as no value', async t => {
  const empty =
    '{"key":"1","summary":"a","iconUrl":"","status":null,"resolution":{"name":null},"assignee":{"login":""},"updated":null}'
  t.same(await rowsOf('ndjson', empty), [{ line: 1, object: { key: '1', summary: 'a' } }])
})

const hint = async (row: string) =>
  (await rowsOf('ndjson', row)).flatMap(row => ('faults' in row ? row.faults : [])).map(fault => fault.hint)

t.test('an unknown name brings the nearest known one', async t => {
  t.same(await hint('{"key":"1","summary":"a","asignee":{}}'), ['Did you mean assignee?'])
  t.same(await hint('{"key":"1","summary":"a","assignee":{"trackerUId":1}}'), ['Did you mean trackerUid?'])
  t.match(await hint('{"key":"1","summary":"a","colour":"red"}'), [/The fields are key, summary, iconUrl, status/])
})

t.test('CSV takes commas, semicolons or tabs, and quoted cells with anything in them', async t => {
  for (const [name, delimiter] of Object.entries({ comma: ',', semicolon: ';', tab: '\t' })) {
    const file = [
      ['"key"', 'summary', 'status.name'],
      ['1', '"a, b; ""c""\t\r\nd"', ''],
      ['2', 'x', '"Open"'],
    ]
      .map(row => row.join(delimiter))
      .join('\n')
    t.strictSame(
      await rowsOf('csv', file),
      [
        { line: 2, object: { key: '1', summary: 'a, b; "c"\t\r\nd' } },
        { line: 4, object: { key: '2', summary: 'x', status: { name: 'Open' } } },
      ],
      name,
    )
  }
})

t.test('a wrong row of CSV is listed, and those around it are read', async t => {
  const file = 'key,summary\n1,a\n2,b,c\n3,b"c\n4,"b"c\n5\n6,"d"\n'
  t.same(await told('csv', file), [
    '2 1',
    '3: row has 3 cells; the header has 2',
    '4: row has a quote out of place',
    '5: row has a quote out of place',
    '6: row has 1 cells; the header has 2',
    '7 6',
  ])
})

t.test('if a quote is not closed, reading stops, because a text might be taken for rows', async t => {
  t.same(await told('csv', 'key,summary\n1,a\n2,"b\n3,c\n'), [
    '2 1',
    '3: row has a quote that is not closed, so the rows after it were not read',
  ])
})

t.test('a wrong header refuses the whole file', async t => {
  const faults = async (header: string) => {
    const error = await rowsOf('csv', `${header}\n1,2`).catch((error: unknown) => error)
    return error instanceof CommandRefusal
      ? error.faults.map(({ field, rule, hint }) => `${field} ${rule}. ${hint}`)
      : error
  }
  t.match(await faults('key,sumary'), [
    'sumary is no field of a card. Did you mean summary?',
    /^summary must be a column/,
  ])
  t.match(await faults('key,summary,key,'), ['column 3 is key again. Remove one of the two.', /^column 4 has no name/])
  t.match(await faults('Name;Value'), [
    /^Name is no field/,
    /^Value is no field/,
    /^key must be a column/,
    /^summary must/,
  ])
  await t.rejects(rowsOf('csv', ''), /The file is empty/)
})

t.test('a file that is no JSON array, or ends too early, is reported', async t => {
  const card = '{"key":"1","summary":"]},{["}'
  const cases: [string, string[]][] = [
    ['[]', []],
    [` [ ${card} ] `, ['1 1']],
    ['', ['1: file holds no JSON array']],
    [`${card}\n${card}`, ['1: file holds no JSON array']],
    [`[${card},]`, ['1 1', '1: file has a comma with no object beside it; what follows was not read']],
    [`[${card}]\n${card}`, ['1 1', '2: file goes on after the end of its array; the rest was not read']],
    [
      `[${card},\n{"key":"2"`,
      ['1 1', '2: file ends before its array does, so what follows the last comma was not read'],
    ],
    [
      `[}, 5, "a\\"],", ${card}]`,
      ['1: row must be valid JSON', '1: row must be a JSON object', '1: row must be a JSON object', '1 1'],
    ],
  ]
  for (const [file, expected] of cases) t.same(await told('json', file, 7), expected, file)
})

const tooLong = (line: number) => `${line}: row is longer than 1 MiB`

t.test('a row of more than 1 MiB is listed and skipped', async t => {
  const long = 'x'.repeat(1024 * 1024)
  t.same(await told('ndjson', `{"key":"${long}"}\n{"key":"2","summary":"a"}`), [tooLong(1), '2 2'])
  t.same(await told('csv', `key,summary\n1,${long}\n2,a`), [tooLong(2), '3 2'])
  t.same(await told('csv', `key,summary\n1,"${long}\n"\n2,a`), [tooLong(2), '4 2'])
  t.same(await told('json', `[{"key":"${long}"},{"key":"2","summary":"a"}]`), [tooLong(1), '1 2'])
  t.match(await told('csv', `key,summary\n1,"${long}\n2,a`), [/^2: row has a quote that is not closed/])
  t.match(await told('json', `[{"key":"${long}},\n{}]`), [/^1: file ends before its array does/])
})

/** A row of so many bytes, in two-byte letters. */
const filled = (before: string, after: string, bytes: number) =>
  before + 'ц'.repeat((bytes - before.length - after.length) / 2) + after

t.test('a row of exactly 1 MiB is read, measured in bytes wherever the file is cut', async t => {
  const summary = /^\d: summary must be a text of 1 to 1,000 characters/
  for (const more of [0, 2]) {
    const bytes = 1024 * 1024 + more
    const expected = more === 0 ? summary : /^\d: row is longer than 1 MiB$/
    const row = filled('{"key":"1","summary":"', '"}', bytes)
    t.equal(Buffer.byteLength(row), bytes)
    for (const size of [65_536, 3_000_000]) {
      t.match((await told('ndjson', `${row}\n{}\n`, size))[0], expected, `ndjson, ${more} more, cut at ${size}`)
      t.match((await told('json', `[${row}]`, size))[0], expected, `json, ${more} more, cut at ${size}`)
      t.match(
        (await told('csv', `key,summary\n${filled('1,', '', bytes)}\n2,a\n`, size))[0],
        expected,
        `csv, ${more} more, cut at ${size}`,
      )
    }
  }
})
