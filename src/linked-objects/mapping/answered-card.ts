import type { Fault } from '../../errors/problem.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type CardCells, type CardField, cardFields, checkCard } from '../check-card.ts'
import { MappingFailure, shortened } from './map-answer.ts'

/** The card in an answer that needs no mapping: Tracker's field names, the `key` may be left out. Throws MappingFailure. */
export function readAnsweredCard(key: RemoteKey, answer: unknown): ObjectInfo {
  if (!isBlock(answer))
    throw new MappingFailure([{ field: 'the answer', rule: `is not an object: ${shortened(answer)}`, hint }])
  const faults: Fault[] = []
  const cells: CardCells = {}
  for (const [field, value] of Object.entries(answer).flatMap(flatten)) {
    if (isCardField(field)) cells[field] = value
    else faults.push({ field, rule: 'is not a field of a card', hint: `A card has ${cardFields.join(', ')}.` })
  }
  if ((cells.key ?? key) !== key)
    faults.push({ field: 'key', rule: 'is not the key that was asked for', hint: 'Leave it out.' })
  const card = checkCard({ ...cells, key })
  if ('faults' in card || faults.length > 0)
    throw new MappingFailure([
      ...faults,
      ...('faults' in card ? card.faults.map(fault => withValue(fault, cells)) : []),
    ])
  return card
}

const hint = "Answer with a card in Tracker's field names, or undefined if there is no such object."

const groups = ['status', 'resolution', 'assignee']

function flatten([name, value]: [string, unknown]): [string, unknown][] {
  if (groups.includes(name) && isBlock(value))
    return Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, one])
  // `status: undefined` and `status: null` count as absent; anything else is reported under its name.
  return groups.includes(name) && (value === undefined || value === null) ? [] : [[name, value]]
}

function withValue(fault: Fault, cells: CardCells): Fault {
  const value = isCardField(fault.field) ? cells[fault.field] : undefined
  return value === undefined ? fault : { ...fault, rule: `${fault.rule}; it is ${shortened(value)}` }
}

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCardField = (name: string): name is CardField => (cardFields as readonly string[]).includes(name)
