import type { Probe } from './probe.ts'

/** What is looked at for each application, all at once. */
export const allProbes: readonly Probe[] = []
