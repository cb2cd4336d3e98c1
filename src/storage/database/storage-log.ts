import type { BaseLogger } from 'pino'

/** Where the storage tells what it does: a pino logger, or anything of its form. */
export type StorageLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>
