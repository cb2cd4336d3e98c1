import type { Settings } from '../../config/settings.ts'
import type { Logger } from '../../logging/logger.ts'
import type { Traces } from '../../traces/open-traces.ts'

/** Without the setting nothing of it is loaded. */
export const openTracesOf = async ({ traces }: Settings, log: Logger): Promise<Traces | undefined> =>
  traces && (await (await import('../../traces/open-traces.ts')).openTraces(traces, log))
