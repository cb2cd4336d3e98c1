import { join } from 'node:path'
import t from 'tap'
import { functionsIn, functionsOf, medianLines } from '../../scripts/structure/functions.ts'
import { filesBelow } from '../../scripts/structure/imports.ts'

const root = join(import.meta.dirname, '../..')
const functions = filesBelow(root, ['src']).flatMap(file => functionsOf(root, file))

const mostLines = 60
/** Median lines, of all functions and of those of more than one line, when this test was written. They may only fall. */
const medians = { ofAll: 4, ofLonger: 7 }

/** Functions that may be longer, each with its reason. One that fits has to be taken off the list. */
const longer: Record<string, string> = {}

t.test('every form of a function is measured, under the name that a reader knows it by', async t => {
  const text = `function one() {
}
const two = () => {

}
const object = { three() {}, 'four': async function* () {

}, five: () => 1 }
class Six { #seven = () => 1; get eight(): number { return 8 } }
`
  t.same(
    functionsIn('a.ts', text).map(({ name, lines }) => `${name} ${lines}`),
    ['one 2', 'two 3', 'three 1', 'four 3', 'five 1', 'seven 1', 'eight 1'],
  )
  t.throws(() => functionsIn('b.ts', 'function ('), /b.ts cannot be parsed/)
})

t.test(`a function has at most ${mostLines} lines`, async t => {
  const tooLong = functions.filter(({ lines }) => lines > mostLines).map(({ file, name }) => `${file} ${name}`)
  t.same(tooLong.toSorted(), Object.keys(longer).toSorted())
})

t.test('functions do not grow', async t => {
  t.ok(medianLines(functions) <= medians.ofAll, `${medianLines(functions)} lines`)
  const others = medianLines(functions.filter(({ lines }) => lines > 1))
  t.ok(others <= medians.ofLonger, `${others} lines`)
})
