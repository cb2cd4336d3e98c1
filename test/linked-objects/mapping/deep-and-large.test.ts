import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readVariable } from '../../../src/config/environment/fill-variables.ts'
import { readPeopleFile } from '../../../src/linked-objects/mapping/people-file.ts'
import { playUpstream } from '../../support/played-upstream.ts'
import { sourceOf } from '../../support/source-application.ts'

t.test('an answer that is nested deeper than a stack is an answer that makes no card, and says so', async t => {
  const upstream = await playUpstream(t)
  const list = '['.repeat(100_000) + ']'.repeat(100_000)
  upstream.answer = (_seen, response) => response.end(`{"title":"Deal","deep":${list},"object":{"a":${list}}}`)
  const mapped = (summary: string) =>
    sourceOf(t, {
      source: 'http',
      url: `${upstream.origin}/{{remoteKey}}`,
      privateHosts: ['127.0.0.1'],
      mapping: { summary },
    })
  for (const summary of ['"The " & title', 'deep', 'object']) {
    const { find } = mapped(summary)
    t.match(
      await find('1').catch((error: unknown) => error),
      { name: 'SourceFailure', reason: 'answer-invalid', message: 'the answer is nested too deeply' },
      summary,
    )
  }
  const { find } = mapped('title')
  t.match(await find('1'), { summary: 'Deal' }, 'what does not matter may be deep')
})

t.test('a file of people has a limit, and so has a file that holds a secret', async t => {
  const directory = t.testdir({})
  const file = join(directory, 'people.csv')
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, 'applicationLogin,login\n')
  for (let megabyte = 0; megabyte < 9; megabyte++) writeSync(descriptor, 'a'.repeat(1024 * 1024))
  closeSync(descriptor)
  t.throws(() => readPeopleFile(file), { message: 'it is larger than 8 MB' })
  t.match(readVariable('TOKEN', { TOKEN_FILE: file }), {
    rule: 'The file that TOKEN_FILE names is larger than 1 MiB',
    hint: /Set TOKEN_FILE to the name of a file/,
  })
})

t.test('people in quotes and without are read alike', async t => {
  const file = join(t.testdir({}), 'people.csv')
  const lines = ['applicationLogin;login;trackerUid', 'a b;user1;', '"c;d";"user""2";', '"e";;7', '', ' f ;user3;']
  writeFileSync(file, lines.join('\r\n'))
  t.same(
    [...readPeopleFile(file)],
    [
      ['a b', { login: 'user1' }],
      ['c;d', { login: 'user"2' }],
      ['e', { trackerUid: '7' }],
      [' f ', { login: 'user3' }],
    ],
  )
  writeFileSync(file, `${lines.join('\n')}\ng";x;`)
  t.throws(() => readPeopleFile(file), { message: 'line 7 has a quote out of place' })
})
