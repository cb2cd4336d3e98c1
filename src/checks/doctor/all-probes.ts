import type { Probe } from './probe.ts'
import { mirrorProbe } from './probes/mirror.ts'
import { mirroredLinksProbe } from './probes/mirrored-links.ts'
import { movedProbe } from './probes/moved.ts'
import { publicAddressProbe } from './probes/public-address.ts'
import { reconciliationProbe } from './probes/reconciliation.ts'
import { registrationProbe } from './probes/registration.ts'
import { renamedProbe } from './probes/renamed.ts'

/** What is looked at for each application, all at once. */
export const allProbes: readonly Probe[] = [
  movedProbe,
  renamedProbe,
  publicAddressProbe,
  registrationProbe,
  mirrorProbe,
  mirroredLinksProbe,
  reconciliationProbe,
]
