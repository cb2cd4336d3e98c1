import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Change } from '../../scripts/proofs/kit/correct-server.ts'
import { objects, playApplication, token } from '../../scripts/proofs/kit/correct-server.ts'
import { commandLine } from './command-line.ts'

/** The command line beside a played application, with its token in the variable. */
async function beside(t: Test, change?: Change) {
  const played = await playApplication(change)
  t.teardown(played.close)
  const cli = await commandLine(t)
  cli.env.XDG_STATE_HOME = join(cli.directory, 'state')
  cli.env.CHECK_TOKEN = token
  const named = objects.flatMap(key => ['--object', key])
  const file = (name: string) => readFileSync(join(cli.directory, name), 'utf8')
  return { ...cli, ...played, named, file }
}

const withoutSummary: Change = ({ card }) => ({
  card: (key, call) => {
    const right = card(key, call)
    return right && { ...right, summary: undefined }
  },
})

t.test('an application that is ready', async t => {
  const { run, url, named } = await beside(t)
  const { code, out } = await run(['check', url, ...named])
  t.equal(code, 0)
  t.match(out, /^READY {2}9\d checks passed\n\ncard +\d+ passed/)
  t.notMatch(out, token)
})

t.test('a fault is told whole: rule, fix, source, what was sent, what came, and a command', async t => {
  const { run, url, named } = await beside(t, withoutSummary)
  const { code, out } = await run(['check', url, ...named, '--only', 'card'])
  t.equal(code, 1)
  t.match(out, /^NOT READY {2}card-summary, card-every-object\n/)
  const [, fault = ''] = out.split('FAIL  card-summary')
  for (const line of [
    /rule +`summary` is missing/,
    /fix /,
    /source +Tracker, /,
    /sent +GET http/,
    /came +200 in \d+ ms/,
  ])
    t.match(fault, line)
  t.match(fault, `try     curl -i --path-as-is --globoff -H "authorization: OAuth $TOKEN" '${url}/objects/D-1'`)
  t.notMatch(out, token)
})

t.test('the same as JSON, for a build server, and as a page', async t => {
  const { run, url, named, file } = await beside(t, () => ({
    card: key => ({ key, summary: `<script>alert("1")</script>\u0007 & more`, updated: '<b>' }),
  }))
  const words = ['check', url, ...named, '--only', 'card', '--json', '--junit', 'report.xml', '--html', 'report.html']
  const { code, out } = await run(words)
  t.equal(code, 1)
  const report = JSON.parse(out)
  t.match(report, { verdict: 'not ready', counts: { fail: Number }, application: { entityInfoUrl: String }, left: [] })
  t.match(
    report.results.find(({ id }: { id: string }) => id === 'card-updated'),
    { outcome: 'fail', level: 'must', rule: String, sent: { method: 'GET' }, came: { status: 200 }, curl: /^curl / },
  )
  const xml = file('report.xml')
  t.match(xml, /<testsuites name="tracker-links check application" tests="\d+" failures="\d"/)
  t.match(xml, /<failure message="`updated` is &lt;b&gt;/)
  t.notMatch(xml, '<b>')
  t.notOk(xml.includes('\u0007'))
  const page = file('report.html')
  t.match(page, /<h1>NOT READY<\/h1>/)
  t.notMatch(page, /<script|https?:\/\/(?!127\.0\.0\.1)[^<]*\.(js|css|png)|<b>"/)
  for (const text of [out, xml, page]) t.notMatch(text, token)
})

t.test('a sheet in each form that `registration` prints names what to test', async t => {
  const cli = await beside(t)
  const secret = 'x9Kd82jQmZ0plR4sT7vWbN3cY6hG1fUe'
  cli.write(
    'tracker-links.yaml',
    `publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM | bars
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: token, tokens: [${secret}] }
    endpoints:
      entityInfo: /objects/{{remoteKey}}
      createLink: /links
      removeLink: /links?issueKey={{issueKey}}&remoteKey={{remoteKey}}
`,
  )
  for (const format of ['text', 'markdown', 'json'])
    for (const language of ['en', 'ru'])
      for (const more of [[], ['--with-token']]) {
        const sheet = ['registration', 'crm', '--offline', '--format', format, '--language', language, ...more]
        const { out } = await cli.run(sheet)
        cli.write('sheet', out.replaceAll(secret, token))
        if (more.length > 0) delete cli.env.CHECK_TOKEN
        else cli.env.CHECK_TOKEN = token
        const { code, out: told } = await cli.run([
          'check',
          'sheet',
          '--at',
          cli.url,
          ...cli.named,
          '--only',
          'card,create',
        ])
        t.equal(code, 0, `${format} ${language} ${more.join()} ${told}`)
      }
})

t.test('an application of the configuration is called with its own token', async t => {
  const cli = await beside(t)
  delete cli.env.CHECK_TOKEN
  cli.write(
    'tracker-links.yaml',
    `publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: token, tokens: [${token}] }
    endpoints: { entityInfo: '/objects/{{remoteKey}}', createLink: /links }
`,
  )
  const words = ['check', '--application', 'crm', '--at', cli.url, ...cli.named, '--only', 'card-found,token-accepted']
  t.match(await cli.run(words), { code: 0, out: /^READY {2}2 checks passed/ })
})

t.test('the exit code tells warnings with --strict, and what is new with --baseline', async t => {
  const { run, url, named, write } = await beside(t, ({ card }) => ({
    card: (key, call) => {
      const right = card(key, call)
      return right && { ...right, deadline: null }
    },
  }))
  const words = ['check', url, ...named, '--only', 'card']
  t.equal((await run(words)).code, 0)
  const strict = await run([...words, '--strict', '--json'])
  t.equal(strict.code, 2)
  write('baseline.json', strict.out)
  const again = await run([...words, '--strict', '--baseline', 'baseline.json'])
  t.match(again, { code: 0, out: /since the baseline: new nothing; mended nothing/ })
  const clean = JSON.parse(strict.out)
  for (const result of clean.results) result.outcome = 'pass'
  write('baseline.json', JSON.stringify(clean))
  const worse = await run([...words, '--strict', '--baseline', 'baseline.json'])
  t.match(worse, { code: 2, out: /since the baseline: new card-no-null; mended nothing/ })
})

t.test('an application that does not answer was not tested', async t => {
  const { run, url, close } = await beside(t)
  await close()
  const { code, out } = await run(['check', url, '--object', 'D-1'])
  t.equal(code, 3)
  t.match(out, /^NOT TESTED {2}the connection is refused: nothing listens at/)
})

t.test('wrong options are refused before anything is called', async t => {
  const { run, url, write, links } = await beside(t)
  write('no-report.json', '{}')
  write('no-sheet', 'nothing')
  for (const [words, told] of [
    [[], /Say what to test/],
    [['no-sheet'], /Say what to test/],
    [['missing.md'], /There is no sheet missing.md/],
    [['ftp://x/{{remoteKey}}'], /There is no sheet/],
    [
      ['--entity-info', 'https://x/1', '--remove-link', 'https://x/{{issueKey}}'],
      /entityInfoUrl: does not hold \{\{remoteKey\}\}[\s\S]*removeLinkUrl: does not hold/,
    ],
    [[url, '--only', 'cards'], /There is no check and no group cards/],
    [[url, '--timeout', '0'], /--timeout takes a whole number/],
    [[url, '--baseline', 'no-report.json'], /no report of this command/],
    [[url, '--token-file', 'nothing'], /There is no file nothing/],
    [[url, '--at', 'localhost'], /--at takes a scheme/],
  ] as [string[], RegExp][]) {
    const { code, told: error } = await run(['check', ...words])
    t.equal(code, 2, words.join(' '))
    t.match(error, told)
  }
  t.equal(links.size, 0)
})
