import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { filesBelow, importsOf, targetOf } from '../../structure/imports.ts'

/**
 * A test file that may run a file of `src`. `near` is 0 for one with the file's own name, 1 for one of its folder, one that imports
 * it itself or one that holds written documents to it, 2 for one that imports it by others, 3 for one that starts the program as a
 * process, where no import shows what runs. `shared` counts the folders in which both are, `reach` what the test imports.
 */
export type Candidate = { test: string; near: 0 | 1 | 2 | 3; shared: number; reach: number }

const structure = 'test/structure'
/** Tests of the structure that hold what is written in a document to the code; the others read the code as text. */
const holdDocuments = /^(openapi|config-docs-agree|errors-agree|findings-agree)\./
const starters = ['test/support/start-program.ts', 'test/support/storage-process.ts']

/** For each file of `src` the tests that may run it: the nearest first, of those the ones that share most folders, then that reach least. */
export function findTests(root: string): (file: string) => Candidate[] {
  const tests = filesBelow(root, ['test'])
    .filter(file => file.endsWith('.test.ts') && (dirname(file) !== structure || holdDocuments.test(basename(file))))
    .map(test => ({ test, own: new Set(targetsOf(root, test)), reached: reachedFrom(root, test) }))
  return file =>
    tests
      .flatMap(({ test, own, reached }): Candidate[] => {
        const more = { test, shared: sharedFolders(test, file), reach: reached.size }
        if (reached.has(file)) return [{ ...more, near: nearness(test, file, own) }]
        return starters.some(starter => reached.has(starter)) ? [{ ...more, near: 3 }] : []
      })
      .toSorted((one, other) => one.near - other.near || other.shared - one.shared || one.reach - other.reach)
}

/** One for `test/a/b/c.test.ts` and `src/a/d.ts`. */
function sharedFolders(test: string, file: string): number {
  const [ofTest, ofFile] = [dirname(test).split('/').slice(1), dirname(file).split('/').slice(1)]
  const end = ofFile.findIndex((folder, index) => ofTest[index] !== folder)
  return end < 0 ? ofFile.length : end
}

function nearness(test: string, file: string, own: ReadonlySet<string>): 0 | 1 | 2 {
  if (basename(test, '.test.ts') === basename(file, '.ts')) return 0
  if (dirname(test) === structure || own.has(file)) return 1
  return dirname(test).slice('test/'.length) === dirname(file).slice('src/'.length) ? 1 : 2
}

function reachedFrom(root: string, test: string): Set<string> {
  const files = new Set([test])
  for (const file of files) for (const target of targetsOf(root, file)) files.add(target)
  return files
}

/** What a file imports of ours, and what it has a program of its own import (`new URL('../src/a.ts', import.meta.url)`). */
function targetsOf(root: string, file: string): string[] {
  const imported = importsOf(root, file)
    .filter(({ specifier }) => specifier.startsWith('.') && specifier.endsWith('.ts'))
    .map(targetOf)
  const text = readFileSync(join(root, file), 'utf8')
  const named = Array.from(text.matchAll(/new URL\('(\.[^']+\.ts)', import\.meta\.url\)/g), ([, path = '']) =>
    join(dirname(file), path),
  )
  return [...imported, ...named.filter(path => existsSync(join(root, path)))]
}
