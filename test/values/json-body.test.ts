import t from 'tap'
import { Problem } from '../../src/errors/problem.ts'
import { parseJsonBody } from '../../src/values/json-body.ts'

const parse = (text: string | Buffer) => parseJsonBody(Buffer.from(text as string), 'inArrays')

t.test('a body in the documented form is read', async t => {
  t.same(parse('{"issueKey":"TEST-123","entityIds":["1234","5678"]}'), {
    issueKey: 'TEST-123',
    entityIds: ['1234', '5678'],
  })
  t.same(parse('\uFEFF {"a" : [ {"b":1}, {"b":2} ] }'), { a: [{ b: 1 }, { b: 2 }] }, 'a byte order mark and spaces')
})

t.test('a whole number in an array keeps its own digits', async t => {
  t.same(parse('[9007199254740993, 123456789012345678901234567890, 0, -5, "1"]'), [
    '9007199254740993',
    '123456789012345678901234567890',
    '0',
    '-5',
    '1',
  ])
})

t.test('a number in another form stays a number, for the schema to refuse', async t => {
  t.same(parse('[1e3, 1.0, -0]'), [1000, 1, -0])
  t.same(parse('{"issueKey":5}'), { issueKey: 5 })
})

t.test('a body that is not strict JSON is refused', async t => {
  const wrong: [string, string | Buffer][] = [
    ['an empty body', ''],
    ['half of an object', '{"issueKey":'],
    ['single quotes', "{'a':1}"],
    ['a raw NUL', '{"a":"\0"}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['a name that stands twice', '{"issueKey":"A-1","issueKey":"B-2"}'],
    ['a name that stands twice, once escaped', '{"issueKey":"A-1","issue\\u004bey":"B-2"}'],
    ['a name that stands twice, deep inside', '{"a":[1,{"b":{"c":1,"d":[],"c":2}}]}'],
    ['__proto__', '{"__proto__":{"issueKey":"A-1"}}'],
    ['__proto__, escaped', '{"\\u005f_proto__":1}'],
  ]
  for (const [name, text] of wrong) {
    try {
      parse(text)
      t.fail(name)
    } catch (error) {
      t.ok(error instanceof Problem && error.code === 'body-not-json', name)
    }
  }
})

t.test('a name may stand again in another object, or as a value', async t => {
  t.same(parse('{"a":"a","b":{"a":"b,\\"a\\":{["},"c":["a","a",{"a":1}]}'), {
    a: 'a',
    b: { a: 'b,"a":{[' },
    c: ['a', 'a', { a: 1 }],
  })
})

t.test('a number that would lose digits becomes a string of them on request', async t => {
  const body = Buffer.from('{"uid": 9007199254740993, "n": [1, -9007199254740993], "x": 1.5e300}')
  t.same(parseJsonBody(body, 'beyondSafe'), {
    uid: '9007199254740993',
    n: [1, '-9007199254740993'],
    x: 1.5e300,
  })
})
