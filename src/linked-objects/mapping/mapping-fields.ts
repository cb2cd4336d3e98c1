import type { MappingConfig } from '../../config/schema.ts'
import type { CardField } from '../check-card.ts'

/** A field of `mapping` that becomes a field of the card. */
export type MappingField = Exclude<keyof MappingConfig, 'use' | 'found'>

/** The field of the card that each field of a mapping becomes. The login is the application's until `people` are applied. */
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
