import type { Probe } from './probe.ts'
import { linkProbe } from './probes/link.ts'
import { mirrorProbe } from './probes/mirror.ts'
import { mirroredLinksProbe } from './probes/mirrored-links.ts'
import { movedProbe } from './probes/moved.ts'
import { objectProbe } from './probes/object.ts'
import { proxyProbe } from './probes/proxy.ts'
import { publicAddressProbe } from './probes/public-address.ts'
import { reconciliationProbe } from './probes/reconciliation.ts'
import { registrationProbe } from './probes/registration.ts'
import { renamedProbe } from './probes/renamed.ts'
import { sourceProbe } from './probes/source.ts'
import { tokenProbe } from './probes/token.ts'
import { wrongAddressProbe } from './probes/wrong-address.ts'

/** What is looked at for each application, all at once. */
export const allProbes: readonly Probe[] = [
  wrongAddressProbe,
  tokenProbe,
  proxyProbe,
  sourceProbe,
  objectProbe,
  linkProbe,
  movedProbe,
  renamedProbe,
  publicAddressProbe,
  registrationProbe,
  mirrorProbe,
  mirroredLinksProbe,
  reconciliationProbe,
]
