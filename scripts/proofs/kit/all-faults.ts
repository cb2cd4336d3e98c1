import { authorizationFaults } from './faults/authorization.ts'
import { cardFaults } from './faults/card.ts'
import { createFaults } from './faults/create.ts'
import { keyFaults } from './faults/keys.ts'
import { removeFaults } from './faults/remove.ts'
import { robustnessFaults, speedFaults } from './faults/robustness.ts'
import type { FaultyServer } from './faulty-server.ts'

export const faultyServers: readonly FaultyServer[] = [
  ...cardFaults,
  ...keyFaults,
  ...createFaults,
  ...removeFaults,
  ...robustnessFaults,
  ...speedFaults,
  ...authorizationFaults,
]
