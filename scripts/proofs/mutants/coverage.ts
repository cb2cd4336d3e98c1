import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { importsOf, targetOf } from '../../structure/imports.ts'
import { runTest, type Scratch } from './scratch.ts'

/** What a test file runs of `src`, without any fault: the lines of each file, and the hash of that file then. */
export type Measured = {
  hash: string
  passed: boolean
  milliseconds: number
  files: Record<string, { hash: string; lines: readonly number[] }>
}

type Coverage = { result: { url: string; functions: { ranges: Range[] }[] }[] }
type Range = { startOffset: number; endOffset: number; count: number }

/** A test file is slow where others work, too; one that takes this long unchanged is left out. */
const longestTest = 180_000

/**
 * What test files run, measured when it is first asked for and kept in `node_modules/.cache`. A measurement holds as long as the
 * test and what it imports below `test/` are the same; of a file of `src` that has changed since, every line counts.
 */
export function openCoverage(root: string) {
  const path = join(root, 'node_modules/.cache/mutants/coverage.json')
  const kept = new Map(Object.entries(readJson(path) as Record<string, Measured>))
  const asked = new Map<string, Promise<Measured>>()
  const measure = async (scratch: Scratch, test: string): Promise<Measured> => {
    const found = kept.get(test)
    const now = testHash(root, test)
    if (found?.hash === now) return found
    const measured = { hash: now, ...(await measureTest(scratch, test)) }
    kept.set(test, measured)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify(Object.fromEntries(kept)))
    return measured
  }
  return {
    /** `scratch` must hold no fault. */
    of: (scratch: Scratch, test: string): Promise<Measured> => {
      const measured = asked.get(test) ?? measure(scratch, test)
      asked.set(test, measured)
      return measured
    },
    /** The same if it was measured before. */
    known: (test: string): Measured | undefined => {
      const found = kept.get(test)
      return found?.hash === testHash(root, test) ? found : undefined
    },
  }
}

/** Whether a test runs a line; `text` is the file as it is now. */
export function runsLine(measured: Measured, { file, line }: { file: string; line: number }, text: string): boolean {
  const found = measured.files[file]
  return found !== undefined && (found.hash !== hash('sha256', text) || found.lines.includes(line))
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

/** The hash of a test file with what it imports below `test/`. */
function testHash(root: string, test: string): string {
  const files = new Set([test])
  // What a test only quotes, such as a module that it writes, is no file.
  for (const file of files)
    for (const one of importsOf(root, file))
      if (/^\..*\.ts$/.test(one.specifier) && targetOf(one).startsWith('test/')) files.add(targetOf(one))
  return hash(
    'sha256',
    [...files]
      .toSorted()
      .map(file => readFileSync(join(root, file), 'utf8'))
      .join('\0'),
  )
}

async function measureTest(scratch: Scratch, test: string): Promise<Omit<Measured, 'hash'>> {
  const folder = mkdtempSync(`${scratch.tree}-coverage-`)
  try {
    const { passed, milliseconds } = await runTest(scratch, test, { longest: longestTest, coverage: folder })
    const lines = new Map<string, Set<number>>()
    const prefix = `${pathToFileURL(scratch.tree).href}/`
    for (const name of readdirSync(folder))
      for (const { url, functions } of (readJson(join(folder, name)) as Partial<Coverage>).result ?? [])
        if (url.startsWith(`${prefix}src/`)) addLines(lines, scratch, decodeURI(url.slice(prefix.length)), functions)
    const files = [...lines].map(([file, some]) => {
      const text = readFileSync(join(scratch.tree, file), 'utf8')
      return [file, { hash: hash('sha256', text), lines: [...some] }] as const
    })
    return { passed, milliseconds, files: Object.fromEntries(files) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Adds the lines of which anything ran, but for those that are mostly functions which were not called: a function of one line is
 * made by whatever loads its file. Ranges lie in one another, the inner ones later.
 */
function addLines(
  all: Map<string, Set<number>>,
  { tree }: Scratch,
  file: string,
  functions: Coverage['result'][number]['functions'],
): void {
  const text = readFileSync(join(tree, file), 'utf8')
  const ran = new Uint8Array(text.length)
  for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges))
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  const uncalled = new Uint8Array(text.length)
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges.slice(0, 1))
      if (count === 0) uncalled.fill(1, startOffset, endOffset)
  const lines = all.get(file) ?? new Set()
  all.set(file, lines)
  let offset = 0
  for (const [index, line] of text.split('\n').entries()) {
    const places = Array.from({ length: line.length }, (_, column) => offset + column).filter(
      place => text[place] !== ' ',
    )
    const share = places.filter(place => uncalled[place] === 1).length / places.length
    if (share < 0.5 && places.some(place => ran[place] === 1)) lines.add(index + 1)
    offset += line.length + 1
  }
}
