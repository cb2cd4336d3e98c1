// The form of a backup: lines of JSON (NDJSON), compressed with gzip. A line that begins with `{"#` says what follows; the lines
// of a table are its rows as PostgreSQL's row_to_json writes them, which loses nothing. So a backup can be read without this
// program, and rows pass through it without being parsed.

/** Raised when an older program could not read a backup any more. */
export const formatVersion = 1

/** The tables, in an order in which they can be filled. A test compares them with the database. */
export const backedUpTables = [
  'linked_object',
  'link',
  'link_event',
  'issue_alias',
  'api_key',
  'idempotent_answer',
] as const
export type BackedUpTable = (typeof backedUpTables)[number]

/** What a set of links is: how many, and a hash that does not depend on their order. */
export type LinkSet = { links: number; hash: string }

/** The first line. `migrations` are the names of those that made the tables. */
export type BackupHeader = {
  '#backup': typeof formatVersion
  takenAt: string
  migrations: string[]
  rows: Record<BackedUpTable, number>
  /** The last id of an event that was given out. */
  lastEvent: string
  linkSet: LinkSet
}

/** Before and after the rows of a table. */
export type TableStart = { '#table': BackedUpTable }
export type TableEnd = { '#end': BackedUpTable; rows: number }

/** The last line: the SHA-256 of all bytes before it. Without it a backup is not whole. */
export type BackupTrailer = { '#whole': string }

export type ControlLine = Partial<BackupHeader & TableStart & TableEnd & BackupTrailer>

/** How COPY passes lines of JSON on as they are: neither of the two characters can stand in JSON. */
export const plainLines = `(FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')`
