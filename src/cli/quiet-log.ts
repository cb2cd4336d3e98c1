import { createLogger, type Logger } from '../logging/logger.ts'
import type { CliContext } from './command.ts'

/** The log of a command: warnings and worse, on standard error. */
export const quietLog = (context: CliContext): Logger => createLogger('warn', context.stderr)
