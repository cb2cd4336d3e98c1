import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/objects.md'), 'utf8')
const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string)

/** What the compiler prints: nothing if all is well. */
function tsc(directory: string, ...argv: string[]): string {
  const program = join(root, 'node_modules/typescript/lib/tsc.js')
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...argv], {
    cwd: directory,
    encoding: 'utf8',
  })
  return status === 0 ? '' : `${stdout}${stderr}`
}

/** What tsc says of a file; with the types of Node, or with those of a browser only. */
function typeCheck(directory: string, content: string, types: readonly string[] = ['node']): string {
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  const lib = types.length > 0 ? ['es2025'] : ['es2025', 'dom']
  const compilerOptions = { strict: true, noEmit: true, target: 'es2025', module: 'nodenext', lib, types }
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['crm-objects.ts'] }))
  write('crm-objects.ts', content)
  return tsc(directory, '-p', '.')
}

/** A folder of another project, into which the package is installed as it is published. */
function installed(t: Test): string {
  const directory = t.testdir({ 'package.json': '{"name":"owner","type":"module"}' })
  const target = join(directory, 'node_modules/tracker-link-server')
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'package.json'), readFileSync(join(root, 'package.json')))
  t.equal(tsc(root, '-p', 'tsconfig.types.json', '--outDir', join(target, 'dist')), '')
  return directory
}

const [example = ''] = examples

/** The documented module fits the types that it imports; a wrong one does not. */
function check(t: Test, directory: string): void {
  for (const types of [['node'], []]) t.equal(typeCheck(directory, example, types), '', types[0] ?? 'a browser')
  const wrong = example.replace('summary: deal.title', 'sumary: deal.title')
  t.match(typeCheck(directory, wrong), /crm-objects\.ts\(\d+,\d+\): error TS2\d+:/, 'they check')
}

t.test('the documentation has one module, with the types of this package', async t => {
  t.equal(examples.length, 1)
  t.match(example, "from 'tracker-link-server'")
})

t.test('in a checkout its types are found', async t => check(t, t.testdir({})))

t.test('where the package is installed its types are found', async t => check(t, installed(t)))
