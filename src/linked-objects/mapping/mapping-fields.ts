import type { MappingConfig } from '../../config/schema.ts'
import type { CardField } from '../check-card.ts'

/** A field of `mapping` that becomes part of the card. */
export type MappingField = Exclude<keyof MappingConfig, 'use' | 'found'>

/** Where on the card each field of a mapping goes. The login is the application's, until `people` has been looked up. */
export const cardFieldOf = {
  summary: 'summary',
  iconUrl: 'iconUrl',
  status: 'status.name',
  statusDescription: 'status.description',
  resolution: 'resolution.name',
  resolutionDescription: 'resolution.description',
  assignee: 'assignee.login',
  updated: 'updated',
  deadline: 'deadline',
} as const satisfies Record<MappingField, CardField>

export const mappingFields = Object.keys(cardFieldOf) as MappingField[]
