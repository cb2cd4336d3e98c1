import type { Storage } from '../../storage/open-storage.ts'
import type { Program } from '../open-program.ts'

/** What a person at a terminal sees once the server is ready; `sandboxLine` says where the sandbox is. */
export function banner(
  { source, config }: Pick<Program, 'source' | 'config'>,
  storage: Pick<Storage, 'description'>,
  [address, adminAddress]: readonly [string, string],
  { calledAs, sandboxLine }: { calledAs: string; sandboxLine?: string | undefined },
): string {
  const lines = [
    `Listening on ${address} (for Tracker) and ${adminAddress} (for operators)`,
    ...(sandboxLine === undefined ? [] : [sandboxLine]),
    `Data: ${storage.description}`,
  ]
  if (source === undefined)
    lines.push(
      'No configuration file was found: the sample application `demo` is served without a token. WARNING: anybody who reaches this port may change its links.',
      `A card: curl ${address}/demo/objects/1234`,
      `An application of your own: ${calledAs} init`,
      `The management API: ${adminAddress}/docs (a key for it: ${calledAs} keys create --name trial --scope admin)`,
    )
  else lines.push(`Configuration: ${source} (${config.applications.map(({ id }) => id).join(', ')})`)
  return lines.join('\n')
}
