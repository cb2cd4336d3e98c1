import { ConfigFaults, formatFaults } from '../../config/config-faults.ts'
import { settingsToRestartFor } from '../../config/what-changed.ts'
import { Problem } from '../../errors/problem.ts'
import type { Logger } from '../../logging/logger.ts'
import type { Server } from '../../server.ts'
import type { NextConfig } from '../../serving.ts'
import type { CliContext, CommandInput } from '../command.ts'
import { type Program, readProgram } from '../open-program.ts'

/**
 * Reads the program of a running server anew, by the options of its start. Throws ConfigFaults, also if another file would be
 * read now: were the file gone, that would be the sample, which is open to anybody.
 */
export function readNext(running: Pick<Program, 'settings' | 'source'>, input: CommandInput, context: CliContext) {
  const { config, settings, source } = readProgram(input, context, { toServe: true })
  if (source !== running.source)
    throw new ConfigFaults([
      {
        field: 'the whole file',
        rule: `${running.source} is not the configuration file any more`,
        hint: `Put it back, or start the server anew with ${source ?? 'another'}.`,
      },
    ])
  return { config, needRestart: settingsToRestartFor(running.settings, settings), logLevel: settings.logLevel }
}

export function readerOf(running: Program, input: CommandInput, context: CliContext, log: Logger): () => NextConfig {
  return () => {
    const { logLevel, ...next } = readNext(running, input, context)
    const applied = () => {
      log.level = logLevel
    }
    return { ...next, applied }
  }
}

/** Reloads at each SIGHUP; the log tells how it went. */
export function reloadOnSignal({ reload }: Pick<Server, 'reload'>, log: Logger): void {
  process.on('SIGHUP', () => {
    reload().catch(error => {
      if (error instanceof ConfigFaults)
        log.error(
          { faults: error.faults },
          `the configuration was refused, the former is served: ${formatFaults(error)}`,
        )
      else if (error instanceof Problem) log.warn({ code: error.code }, error.message)
      else log.error({ err: error }, 'the configuration could not be served, the former is')
    })
  })
}
