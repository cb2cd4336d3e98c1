import { writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import t from 'tap'
import { ConfigFaults } from '../../src/config/config-faults.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { parseConfigText } from '../../src/config/parse-config-text.ts'
import { readSettings } from '../../src/config/settings.ts'
import { faultsOf, fileWith, placesOf } from './refused-files.ts'

t.test('a fault of the syntax is told with line and column', async t => {
  t.match(faultsOf(t, fileWith().replaceAll('    ', '\t')), [
    { place: 'f.yaml:4:1', rule: 'A tab is used for indentation' },
  ])
  t.match(faultsOf(t, fileWith({ name: '"Example' })), [
    { field: 'YAML', rule: /^A character is missing: a closing quote/ },
  ])
  t.match(faultsOf(t, fileWith({ name: '@example' })), [{ place: 'f.yaml:4:11', hint: /in quotes/ }])
  t.match(faultsOf(t, fileWith({ name: '!secret canary-1' })), [{ rule: 'This tag is not known here' }])
  t.match(faultsOf(t, `${fileWith()}---\n${fileWith()}`), [
    { place: 'f.yaml:9:1', rule: 'A second document starts here' },
  ])
  t.match(faultsOf(t, `%NONSENSE\n---\n${fileWith()}`), [{ place: 'f.yaml:1:1' }])
})

t.test('syntax faults never quote the file, as the parser would', async t => {
  const token = 'canary-0123456789abcdef0123456789abcdef'
  const slips = [
    `tokens: ["${token}]`,
    `tokens: [${token}`,
    `tokens:[${token}]`,
    `tokens: @${token}`,
    `tokens: *${token}`,
  ]
  for (const slip of [...slips, `tokens: &${token}`, `- ${token}`, token, `"${token}\\q"`, `{ ${token} }`, `${token}:`])
    t.not(faultsOf(t, fileWith({ authorization: `\n      kind: token\n      ${slip}` })).length, 0)
  for (const inside of [`tokens:${token}`, token, `${token}: `, `"${token}": 1`, `tokens: { ${token} }`])
    t.not(faultsOf(t, fileWith({ authorization: `{ kind: token, ${inside} }` })).length, 0)
})

t.test('a key that stands twice is told with the line of the first', async t => {
  t.match(faultsOf(t, `${fileWith()}    id: crm2\n    id: crm3\n`), [
    { place: 'f.yaml:9:5', field: 'applications[0]', rule: 'The block has this key already, on line 3' },
    { place: 'f.yaml:10:5' },
  ])
})

t.test('a merge key is told as what it is', async t => {
  t.match(faultsOf(t, fileWith({ '<<': '{ path: a }' })), [{ place: 'f.yaml:9:5', rule: /no merge keys/ }])
})

t.test('an alias stands for the whole value, and cannot multiply without end', async t => {
  const second = fileWith({ id: 'tests', authorization: '*who' }).slice(fileWith().indexOf('  - '))
  const first = fileWith({ authorization: '&who { kind: none }' })
  t.same(faultsOf(t, first + second), [])
  t.same(placesOf(t, first.replace('none', 'non') + second), [
    '8:33 applications[0].authorization.kind',
    '8:33 applications[1].authorization.kind',
  ])
  t.match(faultsOf(t, fileWith({ authorization: '*who' })), [
    { rule: 'There is no anchor of this name before this alias' },
  ])
  t.match(faultsOf(t, fileWith({ endpoints: '&e { entityInfo: *e }' })), [
    { rule: /inside the value that it refers to/ },
  ])
  const rows = Array.from('bcdefgh', (name, index) => `${name}: &${name} [${`*${'abcdefg'[index]},`.repeat(10)}]\n`)
  t.match(faultsOf(t, `a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n${rows.join('')}`), [{ rule: /too many values/ }])
})

t.test('nesting has an end', async t => {
  t.match(faultsOf(t, `${'['.repeat(40)}${']'.repeat(40)}`), [{ rule: /nested more deeply/ }])
  t.match(faultsOf(t, '['.repeat(10_000)), [{ rule: 'Brackets are nested too deeply' }])
})

t.test('a key that is no text, such as a template without quotes, is told at its place', async t => {
  t.match(faultsOf(t, fileWith({ endpoints: '\n      removeLink: {{remoteKey}}' })), [
    { place: 'f.yaml:10:20', field: 'applications[0].endpoints.removeLink', hint: /in quotes/ },
  ])
})

t.test('line ends and a byte order mark change nothing', async t => {
  t.same(faultsOf(t, `\ufeff${fileWith()}`), [])
  t.same(placesOf(t, `\ufeff${fileWith({ owner: 'me' })}`.replaceAll('\n', '\r\n')), ['9:5 applications[0].owner'])
})

t.test('JSON is YAML', async t => {
  const { value, faults } = parseConfigText(`{\n\t"a": [1, true, null, "\\ud83d\\ude00", "$\${x}"]\n}`, 'f.json', {})
  t.same({ value, faults }, { value: { a: [1, true, null, '😀', `\${x}`] }, faults: [] })
})

t.test('half a character or a control character is refused in any text', async t => {
  for (const text of ['"\\ud800"', '"a\\0b"', '"a\\u0085b"', '"a\\nb"', '|\n      two\n      lines'])
    t.match(faultsOf(t, fileWith({ name: text })), [{ field: 'applications[0].name', rule: /control character/ }], text)
})

t.test('whatever is done to a file, it is taken or refused with places, and no token is told', async t => {
  const token = 'canary-0123456789abcdef0123456789abcdef'
  const file = fileWith({ authorization: `\n      kind: token\n      tokens: ["${token}", '\${NEXT}']`, path: 'crm' })
  const pieces = [
    '\n  ',
    ': ',
    '- ',
    '${',
    '<<: ',
    '\ufeff',
    '---\n',
    ...Array.from('\t\n "\'[]{},:-#&*!|>%@`~?$\\\0аz0'),
  ]
  const piece = fc.constantFrom(...pieces)
  const edit = fc.record({ at: fc.nat(file.length), cut: fc.nat(6), piece })
  const directory = t.testdir({})
  const settings = readSettings({})
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), edits => {
      const changed = edits.reduce((text, { at, cut, piece }) => text.slice(0, at) + piece + text.slice(at + cut), file)
      writeFileSync(`${directory}/f.yaml`, changed)
      try {
        loadConfig({ file: 'f.yaml', settings, env: { NEXT: 'canary-next' }, directory })
      } catch (error) {
        if (!(error instanceof ConfigFaults)) throw error
        return error.faults.every(({ place }) => place !== undefined) && !/canary|89abcdef/.test(error.message)
      }
      return true
    }),
    { numRuns: 500 },
  )
})
