/** Why the storage cannot be opened: for the person who starts the program, never for a caller of the three calls. */
export type StorageFaultCode =
  | 'postgres-missing'
  | 'postgres-unreachable-folder'
  | 'postgres-start-failed'
  | 'data-folder-unusable'
  | 'data-folder-in-use'
  | 'data-folder-missing'
  | 'database-address-invalid'
  | 'database-encoding'
  | 'database-away'
  | 'database-refused'
  | 'rights-missing'
  | 'migration-failed'
  | 'migration-half-applied'
  | 'schema-newer'
  | 'schema-behind'
  | 'schema-missing'
  | 'schema-unknown'
  | 'database-moved'
  | 'database-busy'
  | 'database-not-empty'
  | 'backup-invalid'
  | 'backup-newer'
  | 'move-unfinished'

/** A fault of the storage whose message says what happened and what to do; it never holds a password. */
export class StorageFault extends Error {
  readonly code: StorageFaultCode

  constructor(code: StorageFaultCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StorageFault'
    this.code = code
  }
}
