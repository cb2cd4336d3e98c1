import type { MappingConfig, StateRules } from '../../../config/schema.ts'

/** A mapping for a widely used system, with the rules for its statuses. */
export type ReadyMade = { mapping: Omit<MappingConfig, 'use'>; states: StateRules }
