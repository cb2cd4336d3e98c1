import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isProgram, mutated, mutationsOf } from '../../scripts/proofs/mutants/mutation.ts'
import { randomNumbers, sampleOf } from '../../scripts/proofs/mutants/sample.ts'
import { findTests } from '../../scripts/proofs/mutants/tests-for.ts'
import { isAbout, readVerdicts, verdictsPath } from '../../scripts/proofs/mutants/verdicts.ts'

const root = join(import.meta.dirname, '../..')
const changesIn = (text: string) => mutationsOf('a.ts', text).map(mutation => mutated(text, mutation))

t.test('a fault is a small one, and each is made alone', async t => {
  t.same(changesIn('f(a < b)'), [';', 'f(a <= b)', 'f(a >= b)'])
  t.same(changesIn('x = a || await b'), [';', 'x = a && await b', 'x = a', 'x = await b', 'x = a || b'])
  t.same(changesIn('const n = !on ? 7 : 60_000'), [
    'const n = !(!on) ? 7 : 60_000',
    'const n = on ? 7 : 60_000',
    'const n = !on ? 8 : 60_000',
    'const n = !on ? 7 : 0',
  ])
  t.same(changesIn("const s = { kind: 'a', ...rest }"), [
    'const s = {  ...rest }',
    "const s = { kind: 'a',  }",
    "const s = { kind: '', ...rest }",
  ])
  t.same(changesIn('const q = () => db.$queryRaw`SELECT 1 FROM a ORDER BY b COLLATE "C"`').slice(1), [
    'const q = () => db.$queryRaw`SELECT 1 FROM a ORDER BY b`',
    'const q = () => db.$queryRaw`SELECT 1 FROM a`',
  ])
  t.same(changesIn('const r = /^a$/u'), ['const r = /a$/u', 'const r = /^a/u'])
})

t.test('types, imports and sentences for people stay as they are', async t => {
  const text = `import { a } from './a.ts'
export type T = { kind: 'x' | 'y'; n: 3 }
export * from './b.ts'
const told: string = 'This is a sentence.'
const schema = { description: 'word', hint: 'word' } satisfies T`
  t.same(
    mutationsOf('a.ts', text).map(({ line, change }) => [line, change]),
    [
      [5, "description: 'word', left out"],
      [5, "hint: 'word' left out"],
    ],
  )
})

t.test('a fault after letters of any alphabet is where it says, and what is no program is not taken', async t => {
  const text = "const ж = '🚀 ракета'\nconst on = ж === 'б'"
  t.match(mutationsOf('a.ts', text), [
    { line: 2, change: '=== → !==', code: "const on = ж === 'б'" },
    { line: 2, change: "'б' → ''" },
  ])
  const mixed = mutationsOf('a.ts', 'const a = (b ?? c) || d')
  t.ok(mixed.every(mutation => isProgram('const a = (b ?? c) || d', mutation)))
  const broken = mutationsOf('a.ts', 'const a = b ?? (c ?? d) ?? e').filter(
    mutation => !isProgram('const a = b ?? (c ?? d) ?? e', mutation),
  )
  t.ok(broken.length > 0, 'operators that may not stand together')
})

t.test('a sample is the same for a seed, another for another, and takes one fault of a line', async t => {
  const text = Array.from({ length: 30 }, (_, index) => `call(${index}, a < b && c)`).join('\n')
  const sample = (seed: number) =>
    sampleOf(mutationsOf('a.ts', text), { count: 10, random: randomNumbers(seed), textOf: () => text })
  t.same(sample(1), sample(1))
  t.notSame(sample(1), sample(2))
  t.equal(new Set(sample(1).map(({ line }) => line)).size, 10)
})

t.test('the nearest tests of a file come first', async t => {
  const candidates = findTests(root)('src/values/split-lines.ts')
  t.match(candidates[0], { test: 'test/values/split-lines.test.ts', near: 0 })
  t.ok(candidates.some(({ test, near }) => test.startsWith('test/black-box/') && near === 3))
})

t.test('each verdict is about a fault that can still be made, and says why no test sees it', async t => {
  for (const verdict of readVerdicts(root)) {
    const mutations = mutationsOf(verdict.file, readFileSync(join(root, verdict.file), 'utf8'))
    t.ok(
      mutations.some(mutation => isAbout(verdict, mutation)),
      `${verdictsPath}: ${verdict.file} ${verdict.change}`,
    )
    t.ok(verdict.why.length > 20, 'with a reason')
  }
})
