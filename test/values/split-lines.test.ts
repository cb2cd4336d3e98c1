import t from 'tap'
import { lastLine, lineSplitter, pushChunk } from '../../src/values/split-lines.ts'

const longest = 65_536
const rules = {
  maxBytes: longest,
  tooLong: { field: 'line', rule: 'is too long', hint: '' },
  notUtf8: { field: 'line', rule: 'must be UTF-8', hint: '' },
}

/** The lines of a stream that arrives in chunks of `size` bytes. */
function cut(bytes: Buffer, size = bytes.length): [number, string | undefined][] {
  const splitter = lineSplitter(rules)
  const lines = []
  for (let start = 0; start < bytes.length; start += size)
    lines.push(...pushChunk(splitter, bytes.subarray(start, start + size)))
  return [...lines, ...lastLine(splitter)].map(line => [
    line.line,
    'text' in line ? line.text : line.faults.map(({ rule }) => rule).join(),
  ])
}

t.test('lines are the same wherever the stream is cut into chunks', async t => {
  const text = Buffer.from(`\ufeffeins\n\nцвай\r\n${'x'.repeat(longest + 1)}\nдрай 🚀\n`)
  const bytes = Buffer.concat([text, Buffer.from([0xff, 0x0a]), Buffer.from('last')])
  const whole = cut(bytes)
  t.same(whole, [
    [1, 'eins'],
    [3, 'цвай\r'],
    [4, 'is too long'],
    [5, 'драй 🚀'],
    [6, 'must be UTF-8'],
    [7, 'last'],
  ])
  for (const size of [1, 2, 3, 7, 1_000, longest]) t.same(cut(bytes, size), whole)
})

t.test('a line is measured in bytes, and one of exactly the limit is accepted', async t => {
  const full = ['x'.repeat(longest), 'ц'.repeat(longest / 2), '🚀'.repeat(longest / 4)]
  const bytes = Buffer.from(['first', ...full, ...full.map(text => `${text}x`), 'ц'.repeat(40_000), 'last'].join('\n'))
  const whole = cut(bytes)
  t.same(whole, [
    [1, 'first'],
    [2, full[0]],
    [3, full[1]],
    [4, full[2]],
    [5, 'is too long'],
    [6, 'is too long'],
    [7, 'is too long'],
    [8, 'is too long'],
    [9, 'last'],
  ])
  for (const size of [7, 1_000, longest, longest + 1]) t.same(cut(bytes, size), whole)
})

t.test('signs of three bytes are counted too, wherever such a line stands', async t => {
  const [fits, long] = ['€'.repeat(Math.floor(longest / 3)), '€'.repeat(Math.ceil(longest / 3))]
  const bytes = Buffer.from(['first', fits, long, 'last'].join('\n'))
  const whole = [
    [1, 'first'],
    [2, fits],
    [3, 'is too long'],
    [4, 'last'],
  ]
  for (const size of [bytes.length, 1_000, longest]) t.same(cut(bytes, size), whole)
})

t.test('only the first line may begin with a byte order mark, and a last line may be one byte', async t => {
  const bytes = Buffer.from('\ufeffa\n\ufeffb\nc')
  const whole = [
    [1, 'a'],
    [2, '\ufeffb'],
    [3, 'c'],
  ]
  for (const size of [bytes.length, 1, 2, 5]) t.same(cut(bytes, size), whole)
})
