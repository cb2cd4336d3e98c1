import type { Fault } from '../../errors/problem.ts'
import type { PutObject } from '../../storage/objects/put-objects.ts'
import type { Cells } from '../../values/field-table.ts'
import { cardFields, checkCard, isWhole } from '../check-card.ts'

/** What is pushed or imported: a card and its `sequence`, for those who read rows of fields. */
export const pushTable = { row: 'card', fields: [...cardFields, 'sequence'], needed: ['key', 'summary'] }

/** The object that these cells make, or all that is wrong with them. */
export function checkPush(cells: Cells): PutObject | { faults: readonly Fault[] } {
  const card = checkCard(cells)
  const given = cells.sequence
  if (given === undefined || given === null || given === '') return card
  const sequence = readSequence(given)
  if (sequence === undefined) return { faults: [...('faults' in card ? card.faults : []), sequenceFault] }
  return 'faults' in card ? card : { ...card, sequence }
}

function readSequence(value: unknown): bigint | undefined {
  const digits = isWhole(value) ? value.toString() : value
  if (typeof digits !== 'string' || !/^\d{1,19}$/.test(digits)) return undefined
  const number = BigInt(digits)
  return BigInt.asIntN(64, number) === number ? number : undefined
}

const sequenceFault: Fault = {
  field: 'sequence',
  rule: 'must be a whole number from 0 to 9223372036854775807',
  hint: 'Send a number that grows with every change of the object, or leave it out.',
}
