import { once } from 'node:events'
import t from 'tap'
import { commandLine, steersTerminal, twoApplications } from '../command-line.ts'

const cards = [
  '{"key":"1","summary":"One","status":{"name":"Open"},"assignee":{"trackerUid":9223372036854775807}}',
  '{"key":"2","summary":"Two","updated":"2024-05-02T10:11:12.345+0300","deadline":"2024-06-01T00:00:00.000+0000"}',
]
const csv = `key,summary,status.name,assignee.trackerUid,updated,deadline
1,One,Open,9223372036854775807,,
2,Two,,,2024-05-02T10:11:12.345+0300,2024-06-01T00:00:00.000+0000
`
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => `{"key":"${index}","summary":"Object ${index}"}\n`).join('')

t.test('NDJSON, a JSON array and CSV make the same objects, and a second import changes nothing', async t => {
  const cli = await commandLine(t)
  cli.write('cards.ndjson', cards.join('\n'))
  cli.write('cards.json', `[${cards.join(',')}]`)
  cli.write('cards.csv', csv)
  const counts = { rows: 2, created: 2, changed: 0, unchanged: 0, refused: [], interrupted: false }
  t.match(await cli.json('objects', 'import', 'cards.ndjson'), { ...counts, file: 'cards.ndjson', application: 'demo' })
  const stored = await cli.prisma.linkedObject.findMany({ orderBy: { key: 'asc' } })
  t.match(stored, [
    { applicationId: 'demo', key: '1', statusName: 'Open', assigneeTrackerUid: 9223372036854775807n, updated: null },
    { key: '2', updated: new Date('2024-05-02T07:11:12.345Z') },
  ])
  for (const file of ['cards.ndjson', 'cards.json', 'cards.csv'])
    t.match(await cli.json('objects', 'import', file), { ...counts, created: 0, unchanged: 2 }, file)
  t.same(await cli.prisma.linkedObject.findMany({ orderBy: { key: 'asc' } }), stored, 'not even the time of storing')
})

t.test('an object becomes what the file says: a field that the row lacks is removed', async t => {
  const cli = await commandLine(t)
  cli.write('a.ndjson', cards.join('\n'))
  cli.write('b.ndjson', '{"key":"1","summary":"One"}\n{"key":"3","summary":"Three"}')
  await cli.run(['objects', 'import', 'a.ndjson'])
  const { code, out } = await cli.run(['objects', 'import', 'b.ndjson'])
  t.equal(code, 0)
  t.match(out, /^b\.ndjson for demo, in [\d.]+ s: 2 rows: 1 new, 1 changed, 0 unchanged, 0 refused\.\n$/)
  t.same(await cli.objects.list('demo', { limit: 9 }), [
    { key: '1', summary: 'One' },
    {
      key: '2',
      summary: 'Two',
      updated: new Date('2024-05-02T07:11:12.345Z'),
      deadline: new Date('2024-06-01T00:00:00Z'),
    },
    { key: '3', summary: 'Three' },
  ])
})

t.test('a row with a lower sequence than the stored one is stale and changes nothing', async t => {
  const cli = await commandLine(t)
  cli.write('new.csv', 'key,summary,sequence\n1,new,9223372036854775807\n2,two,\n')
  cli.write('old.ndjson', '{"key":"1","summary":"old","sequence":5}\n{"key":"2","summary":"two","sequence":"1"}')
  await cli.run(['objects', 'import', 'new.csv'])
  const { code, out } = await cli.run(['objects', 'import', 'old.ndjson'])
  t.equal(code, 0)
  t.match(out, '2 rows: 0 new, 1 changed, 0 unchanged, 1 stale, 0 refused.')
  cli.write('wrong.csv', 'key,summary,sequence\n1,x,-1\n')
  const wrong = await cli.run(['objects', 'import', 'wrong.csv'])
  t.equal(wrong.code, 2)
  t.match(wrong.told, 'line 2, key 1: sequence must be a whole number from 0 to 9223372036854775807')
})

t.test('wrong rows are listed with line, reason and hint, good ones are kept, and the exit code is 2', async t => {
  const cli = await commandLine(t)
  cli.write(
    'cards.ndjson',
    ['{"key":"1","summary":"One"}', '{"key":"2","sumary":"Two"}', 'nonsense', '{"key":"4","summary":"Four"}'].join(
      '\n',
    ),
  )
  const { code, out, told } = await cli.run(['objects', 'import', 'cards.ndjson'])
  t.equal(code, 2)
  t.match(out, '4 rows: 2 new, 0 changed, 0 unchanged, 2 refused.')
  t.match(told, 'line 2, key 2: sumary is no field of a card. Did you mean summary?\n')
  t.match(told, 'line 2, key 2: summary must be there. Add it.\n')
  t.match(told, 'line 3: row must be valid JSON. Correct its quotes, brackets and commas.\n')
  t.same(
    (await cli.objects.list('demo', { limit: 9 })).map(object => object.key),
    ['1', '4'],
  )

  const again = await cli.run(['objects', 'import', 'cards.ndjson', '--json'])
  t.equal(again.code, 2)
  t.match(JSON.parse(again.out), {
    created: 0,
    unchanged: 2,
    refused: [
      {
        line: 2,
        key: '2',
        faults: [{ field: 'sumary', rule: 'is no field of a card', hint: 'Did you mean summary?' }, {}],
      },
      { line: 3, faults: [{ field: 'row' }] },
    ],
  })
})

t.test('of many wrong rows 50 are listed, and --json has them all', async t => {
  const cli = await commandLine(t)
  cli.write('cards.ndjson', 'x\n'.repeat(120))
  const { told } = await cli.run(['objects', 'import', 'cards.ndjson'])
  t.equal(told.match(/^line \d+: row must be valid JSON/gm)?.length, 50)
  t.match(told, 'and 70 rows more; --json has them all\n')
  const { out } = await cli.run(['objects', 'import', 'cards.ndjson', '--json'])
  t.equal(JSON.parse(out).refused.length, 120)
})

t.test('if a key stands twice, its first row is stored, so that a second import changes nothing', async t => {
  const cli = await commandLine(t)
  cli.write('cards.ndjson', `{"key":"1","summary":"first"}\n${many(1500)}{"key":"1499","summary":"last"}`)
  const first = await cli.run(['objects', 'import', 'cards.ndjson'])
  t.equal(first.code, 2)
  t.match(first.told, 'line 3, key 1: key is already on line 1. Keep the right row and remove the other.\n')
  t.match(first.told, 'line 1502, key 1499: key is already on line 1501.')
  t.match(first.out, '1,502 rows: 1,500 new, 0 changed, 0 unchanged, 2 refused.')
  const second = await cli.run(['objects', 'import', 'cards.ndjson'])
  t.match(second.out, '1,502 rows: 0 new, 0 changed, 1,500 unchanged, 2 refused.')
})

t.test('nothing in a file steers the terminal', async t => {
  const cli = await commandLine(t)
  cli.write('cards.ndjson', '{"key":"\\u001b[31m\\u202e","summary":"","\\u009b2J":1}')
  const { told, out } = await cli.run(['objects', 'import', 'cards.ndjson', '--json'])
  t.notOk(steersTerminal(out + told))
  const shown = await cli.run(['objects', 'import', 'cards.ndjson'])
  t.notOk(steersTerminal(shown.told))
  t.match(shown.told, 'line 1, key \\u001b[31m\\u202e: \\u009b2J is no field')
})

t.test('- is standard input, and --format says more than the ending', async t => {
  const cli = await commandLine(t)
  t.match(await cli.run(['objects', 'import', '-', '--format', 'json'], { stdin: `[${cards[0]}]` }), {
    code: 0,
    out: /1 new/,
  })
  t.match(await cli.run(['objects', 'import', '-'], { stdin: cards[0] as string }), { code: 2, told: /--format/ })
  cli.write('cards.txt', csv)
  t.match(await cli.run(['objects', 'import', 'cards.txt']), {
    code: 2,
    told: /cards\.txt ends with none of \.ndjson/,
  })
  t.match(await cli.run(['objects', 'import', 'cards.txt', '--format', 'csv']), {
    code: 0,
    out: /1 new, 0 changed, 1 unchanged/,
  })
})

t.test('what cannot be read is refused before anything else', async t => {
  const cli = await commandLine(t)
  cli.write('wrong.csv', 'key,sumary\n1,a\n')
  cli.write('empty.ndjson', '')
  t.match(await cli.run(['objects', 'import', 'none.csv']), { code: 2, told: 'There is no file none.csv.\n' })
  t.match(await cli.run(['objects', 'import', '.', '--format', 'csv']), { code: 2, told: /\. is not a file/ })
  t.match(await cli.run(['objects', 'import', 'wrong.csv/x.csv']), { code: 2, told: /is not a file/ })
  t.match(await cli.run(['objects', 'import', 'wrong.csv']), {
    code: 2,
    told: /header of the CSV file is wrong; nothing was imported\.\n {2}sumary: is no field of a card\. Did you mean summary\?/,
  })
  t.match(await cli.run(['objects', 'import', 'empty.ndjson']), { code: 0, out: /0 rows/ })
  t.equal(await cli.prisma.linkedObject.count(), 0)
})

t.test('objects go to the application that is named, and none is guessed', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', twoApplications)
  cli.write('cards.ndjson', cards.join('\n'))
  t.match(await cli.run(['objects', 'import', 'cards.ndjson']), {
    code: 2,
    told: 'Say which application with --application: crm, tests.\n',
  })
  t.match(await cli.run(['objects', 'import', 'cards.ndjson', '--application', 'cmr']), {
    code: 2,
    told: /There is no application cmr/,
  })
  await cli.json('objects', 'import', 'cards.ndjson', '--application', 'tests')
  t.same(await cli.prisma.linkedObject.groupBy({ by: 'applicationId', _count: true }), [
    { applicationId: 'tests', _count: 2 },
  ])
})

t.test('progress is a bar on a terminal', async t => {
  const cli = await commandLine(t)
  cli.write('cards.ndjson', many(3_000))
  const { code, told, out } = await cli.run(['objects', 'import', 'cards.ndjson'], { isTerminal: true })
  t.equal(code, 0)
  t.match(told, /Importing \[-+\] 0 %, 0 rows/)
  t.match(told, /Importing \[=+\] 100 %, 3,000 rows, 0s to go/)
  t.notMatch(told, /^\d+ %/m)
  t.match(out, '3,000 new')
})

t.test('progress is a line for each 10 % elsewhere', async t => {
  const cli = await commandLine(t)
  cli.write('cards.ndjson', many(20_000))
  const { told, out } = await cli.run(['objects', 'import', 'cards.ndjson'])
  const steps = [...told.matchAll(/^(\d+) %: ([\d,]+) rows$/gm)].map(([, percent]) => Number(percent))
  t.same(steps, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
  t.match(out, '20,000 new')
  const stdin = await cli.run(['objects', 'import', '-', '--format', 'ndjson'], { stdin: many(20_000) })
  t.match(stdin.told, '10,000 rows\n20,000 rows\n')
})

t.test('after a failure the command says what was stored', async t => {
  const cli = await commandLine(t)
  await cli.prisma.$executeRaw`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'stopped' USING ERRCODE = '57P01'; END $$`
  await cli.prisma.$executeRaw`
    CREATE TRIGGER refuse BEFORE INSERT ON linked_object FOR EACH ROW WHEN (NEW.key = '2500') EXECUTE FUNCTION refuse()`
  cli.write('cards.ndjson', many(5_000))
  const { code, told, out } = await cli.run(['objects', 'import', 'cards.ndjson'])
  t.equal(code, 1)
  t.equal(out, '')
  t.match(told, 'Stopped early; what was stored stays: 2,000 rows: 2,000 new, 0 changed, 0 unchanged, 0 refused.\n')
  t.match(told, 'The database cannot be reached or broke the connection off')
  t.equal(await cli.prisma.linkedObject.count(), 2_000)
})

t.test('Ctrl-C ends an import in order: what was stored stays, and is counted', async t => {
  const cli = await commandLine(t)
  const program = cli.spawn('objects', 'import', '-', '--format', 'ndjson')
  let [out, told] = ['', '']
  program.stdout?.on('data', chunk => {
    out += chunk
  })
  program.stderr?.on('data', chunk => {
    told += chunk
    if (told.includes('10,000 rows\n')) program.emit('busy')
  })
  program.stdin?.write(many(10_500))
  // Standard input stays open, so the program is in the middle of its import.
  await once(program, 'busy')
  program.kill('SIGINT')
  const [code, signal] = await once(program, 'close')
  t.same([code, signal], [1, null])
  t.match(
    out,
    /^Interrupted: what was stored stays; import the file again to store the rest\. 10,\d{3} rows: 10,\d{3} new/,
  )
  t.ok((await cli.prisma.linkedObject.count()) >= 10_000)
})
