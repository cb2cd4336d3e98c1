import { execFileSync } from 'node:child_process'
import t from 'tap'
import { lastArgument, shellWord } from '../../src/values/shell-word.ts'

t.test('a text is one word of a command line, whatever stands in it, and steers no terminal', async t => {
  const texts = ['D-1', 'a b', "it's", '$HOME', '`id`', '"q"', 'ключ', '#x', '~', '*', '\\n', '!x', 'a;b', '-x', '']
  const steering = ['a\u202eb', "\u001b[2J'\\x", 'two\nlines', '\ufeff', "$'\u0007'"]
  const words = [...texts, ...steering].map(shellWord)
  const printed = execFileSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  })
  t.same(printed.split('\0').slice(0, -1), [...texts, ...steering])
  t.notMatch(words.join(''), /[\p{Cc}\p{Bidi_Control}\u{feff}]/u)
})

t.test('a last argument is no option', async t => {
  t.equal(lastArgument('-D-1'), "-- '-D-1'")
  t.equal(lastArgument('D-1'), 'D-1')
})
