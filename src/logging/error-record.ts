import { pino } from 'pino'
import { withoutFolders } from './without-folders.ts'

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
