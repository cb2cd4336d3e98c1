import type { Probe } from './probe.ts'
import { sourceProbe } from './probes/source.ts'
import { tokenProbe } from './probes/token.ts'

/** What is looked at for each application, all at once. */
export const allProbes: readonly Probe[] = [tokenProbe, sourceProbe]
