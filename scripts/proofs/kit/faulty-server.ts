import type { Change } from './correct-server.ts'

/** A server with one fault, and the check that has to name it. */
export type FaultyServer = {
  /** What is wrong with it. */
  name: string
  /** Id of the check. */
  finds: string
  /** Other checks of the level `must` that the fault breaks by itself. */
  entails?: readonly string[]
  change: Change
  /** What the owner says otherwise than usual. */
  says?: { defaultIcon?: string; withoutToken?: boolean; keyInQuery?: boolean }
  /** It answers 500 to an address that cannot be decoded. */
  failsAtMalformed?: true
}
