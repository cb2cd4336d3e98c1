import { CommandRefusal } from '../command.ts'
import type { Program } from '../open-program.ts'

/** In production the built-in sample, which anybody may call, is not what an owner meant. Throws CommandRefusal. */
export function refuseOpenSample({ source, directory, environment: { env } }: Program): void {
  if (source !== undefined || env.NODE_ENV !== 'production') return
  throw new CommandRefusal(
    [
      `NODE_ENV is production, and there is no configuration file: no tracker-links.yaml in ${directory}, and neither --config`,
      '  nor TRACKER_LINKS_CONFIG names one. The built-in sample, whose links anybody may change, is not served in production.',
      '  What to do: start in the folder of your tracker-links.yaml, or name the file. For a trial of the sample, start without',
      '  NODE_ENV=production.',
    ].join('\n'),
  )
}
