import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where in the code of a module something went wrong, as far as it is known. */
export type Place = { file: string; line?: number; column?: number }

const frame = /^\s+at .*?(file:\/\/[^\s)]+):(\d+):(\d+)\)?$/
/** Node puts the place of a fault in the text of a file before everything else. */
const textFault = /^(?<file>file:\/\/\S+|\/.*|[A-Za-z]:\\.*):(?<line>\d+)\n/

/**
 * The place in the owner's code, of the files of a module, that an error leads to: where the text of a file is wrong, or the
 * first frame of the stack that is neither Node's, nor ours (`own`), nor of a package.
 */
export function placeOfError(error: unknown, { own, file }: { own: string; file: string }): Place | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined
  const places = error.stack.split('\n').flatMap(line => placeInFrame(line) ?? [])
  const theirs = places.filter(place => place.file !== own)
  return (
    placeInText(error.stack) ??
    theirs.find(place => !/[/\\]node_modules[/\\]/.test(place.file)) ??
    theirs[0] ??
    importerOf(error, own) ??
    (error instanceof SyntaxError ? placeByCheck(file) : undefined)
  )
}

function placeInFrame(text: string): Place | undefined {
  const [, file, line, column] = frame.exec(text) ?? []
  return file === undefined ? undefined : { file: pathOf(file), line: Number(line), column: Number(column) }
}

function placeInText(text: string): Place | undefined {
  const { file, line } = textFault.exec(text)?.groups ?? {}
  return file === undefined ? undefined : { file: pathOf(file), line: Number(line) }
}

/** The file whose import leads nowhere: Node says no line. */
function importerOf({ message }: Error, own: string): Place | undefined {
  const [, file] = / imported from (\S.*)$/m.exec(message) ?? []
  return file === undefined || pathOf(file) === own ? undefined : { file: pathOf(file) }
}

/** Node knows the place of a fault in the text of JavaScript but tells it only where it prints the error. */
function placeByCheck(file: string): Place | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 1_000 })
  return placeInText(stderr ?? '')
}

const pathOf = (file: string) => (file.startsWith('file:') ? fileURLToPath(file.replace(/\?.*$/, '')) : file)
