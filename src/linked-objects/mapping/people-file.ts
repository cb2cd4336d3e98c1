import { readAtMost } from '../../config/read-at-most.ts'
import type { Application } from '../../config/schema.ts'
import { errorCode } from '../../errors/error-code.ts'
import { loadCsvParse } from '../load-when-needed.ts'

type People = NonNullable<Application['objects']['people']>
/** A person in Tracker, as the configuration writes them: uids as text. */
export type Person = NonNullable<People['table']>[string]

const mostBytes = 8 * 1024 * 1024

const columns = ['applicationLogin', 'login', 'trackerUid', 'passportUid']

/** A file of people has a fault; the message names the line and what is wrong there. */
export class PeopleFileFault extends Error {}

/** The people of a CSV file (UTF-8, comma or semicolon), by their login in the application. Throws PeopleFileFault. */
export function readPeopleFile(file: string): Map<string, Person> {
  const [header = '', ...lines] = readText(file).split(/\r?\n/)
  const delimiter = header.includes(';') ? ';' : ','
  const names = cellsOf(header, delimiter, 1)
  const wrong = names.find((name, index) => !columns.includes(name) || names.indexOf(name) < index)
  if (wrong !== undefined || !names.includes('applicationLogin') || names.length < 2)
    throw new PeopleFileFault(
      `its first line must name the columns: applicationLogin and at least one of ${columns.slice(1).join(', ')}`,
    )

  const people = new Map<string, Person>()
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const place = index + 2
    const cells = cellsOf(line, delimiter, place)
    if (cells.length !== names.length)
      throw new PeopleFileFault(`line ${place} has ${cells.length} cells, but the first line names ${names.length}`)
    const { applicationLogin = '', ...person } = readRow(names, cells, place)
    if (people.has(applicationLogin)) throw new PeopleFileFault(`line ${place} repeats an applicationLogin`)
    people.set(applicationLogin, person)
  }
  return people
}

function readText(file: string): string {
  let bytes: Buffer
  try {
    bytes = readAtMost(file, mostBytes)
  } catch (error) {
    throw new PeopleFileFault(`it cannot be read (${errorCode(error)})`)
  }
  if (bytes.length > mostBytes) throw new PeopleFileFault('it is larger than 8 MB')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new PeopleFileFault('it cannot be read (not UTF-8)')
  }
}

function cellsOf(line: string, delimiter: string, place: number): string[] {
  // 50 times as fast, and the server stands still while it reads the file.
  if (!line.includes('"')) return line.split(delimiter)
  try {
    return loadCsvParse()(line, { delimiter })[0] ?? []
  } catch {
    throw new PeopleFileFault(`line ${place} has a quote out of place`)
  }
}

function readRow(names: readonly string[], cells: readonly string[], place: number) {
  const row = Object.fromEntries(
    names.map((name, index) => [name, cells[index]]).filter(([, cell]) => cell !== ''),
  ) as Person & { applicationLogin?: string }
  if (row.applicationLogin === undefined || Object.keys(row).length < 2)
    throw new PeopleFileFault(`line ${place} needs an applicationLogin and a login or a uid`)
  for (const uid of [row.trackerUid, row.passportUid])
    if (uid !== undefined && !/^\d{1,19}$/.test(uid))
      throw new PeopleFileFault(`line ${place} has a uid that is not 1 to 19 digits`)
  return row
}
