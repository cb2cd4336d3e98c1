import type { Probe } from './probe.ts'
import { linkProbe } from './probes/link.ts'
import { objectProbe } from './probes/object.ts'
import { sourceProbe } from './probes/source.ts'
import { tokenProbe } from './probes/token.ts'
import { wrongAddressProbe } from './probes/wrong-address.ts'

/** What is looked at for each application, all at once. */
export const allProbes: readonly Probe[] = [wrongAddressProbe, tokenProbe, sourceProbe, objectProbe, linkProbe]
