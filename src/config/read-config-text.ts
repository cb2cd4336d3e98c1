import { isUtf8 } from 'node:buffer'
import { ConfigFaults } from './config-faults.ts'
import { readAtMost } from './read-at-most.ts'

const mostBytes = 1024 * 1024

/**
 * The text of a configuration file, or of one with variables. Messages call it `name`, and say that `named` (such as `--config`) chose it. Throws
 * ConfigFaults if it cannot be read, is larger than 1 MiB, or is not UTF-8.
 */
export function readConfigText(file: string, name: string, named: string): string {
  const bytes = readBytes(file, name, named)
  if (bytes.length > mostBytes) {
    throw oneFault(named, `The file ${name} is larger than 1 MiB`, 'Name the right file.')
  }
  // TextDecoder drops a byte order mark.
  if (isText(bytes)) return new TextDecoder().decode(bytes)
  const { line, column } = firstBadByte(bytes)
  throw new ConfigFaults([
    {
      field: 'the whole file',
      rule: 'The file is not in UTF-8: from here on its bytes are in another encoding, such as Windows-1251 or UTF-16',
      hint: 'Save it as UTF-8.',
      place: `${name}:${line}:${column}`,
    },
  ])
}

function readBytes(file: string, name: string, named: string): Buffer {
  try {
    return readAtMost(file, mostBytes)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
    throw oneFault(
      named,
      `The file ${name} ${reasons[code] ?? `cannot be read (${code})`}`,
      'Name a file that this program may read.',
    )
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
}

const oneFault = (field: string, rule: string, hint: string) => new ConfigFaults([{ field, rule, hint }])

/** YAML allows no NUL; in UTF-16 every second byte of Latin text is one. */
const isText = (bytes: Buffer) => isUtf8(bytes) && !bytes.includes(0)

/** Line and column (in characters) of the first byte that is not UTF-8 text. No UTF-8 character spans a line break. */
function firstBadByte(bytes: Buffer): { line: number; column: number } {
  let start = 0
  for (let line = 1; ; line++) {
    const end = bytes.indexOf('\n', start)
    const piece = bytes.subarray(start, end === -1 ? bytes.length : end)
    if (end === -1 || !isText(piece)) return { line, column: piece.toString('utf8').search(/[\uFFFD\0]/) + 1 }
    start = end + 1
  }
}
