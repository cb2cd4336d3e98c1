import { fileURLToPath } from 'node:url'
import { pino } from 'pino'

/** The folder of the program, as stacks name it. */
const program = new URL('../..', import.meta.url)
const folders = [program.href, fileURLToPath(program)]

/**
 * An error as the log has it: as pino writes it, with its causes, but no stack tells where this machine keeps things. Which
 * line of which file it was stays.
 */
export function errorRecord(error: Error): object {
  const record = pino.stdSerializers.err(error)
  // What is no error is logged as it is.
  return (record as unknown) === error ? record : withoutPlaces(record)
}

type Fields = Record<string, unknown>

function withoutPlaces(record: Fields): object {
  for (const name of ['message', 'stack'])
    if (typeof record[name] === 'string') record[name] = withoutFolders(record[name])
  // The errors of an AggregateError, and those in fields: pino has made a record of each.
  const made = Object.getPrototypeOf(record)
  for (const one of Object.values(record).flat())
    if (typeof one === 'object' && one !== null && Object.getPrototypeOf(one) === made) withoutPlaces(one as Fields)
  return record
}

/** A text of an error: paths of the program begin at its folder, those in its frames at the package or with the file. */
export function withoutFolders(text: string): string {
  let short = text
  for (const folder of folders) short = short.replaceAll(folder, '')
  return short.replace(framePath, (_frame, before: string, path: string) => before + fromPackage(path))
}

const framePath = /^(\s+at (?:.*? \()?(?:async )?)((?:file:\/\/)?\/.*)$/gm

function fromPackage(path: string): string {
  const packages = path.lastIndexOf('/node_modules/')
  return path.slice((packages < 0 ? path.lastIndexOf('/') : packages) + 1)
}
