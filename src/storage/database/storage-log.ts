import type { BaseLogger } from 'pino'

/** The log of the storage: a pino logger, or anything of its form. */
export type StorageLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>
