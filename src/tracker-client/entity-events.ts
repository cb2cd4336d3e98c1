import type { CallTracker } from './call-tracker.ts'
import {
  dateOf,
  entriesOf,
  fieldsOf,
  flagOf,
  listOf,
  neededText,
  type Reference,
  referenceOf,
  textOf,
  type UserReference,
  userOf,
} from './read-fields.ts'

/** Projects, portfolios and goals. */
export type EntityType = 'project' | 'portfolio' | 'goal'

/** An event in the history of an entity. The values of a change are left out: their form depends on the field. */
export type EntityEvent = {
  id: string
  author: UserReference | undefined
  date: Date | undefined
  transport: string | undefined
  /** Its name, such as `Issue updated`. */
  display: string | undefined
  changes: { field: Reference | undefined; diff: string | undefined }[]
}

/** One page of events, and whether there are others after and before it. */
export type EntityEvents = { events: EntityEvent[]; hasNext: boolean; hasPrev: boolean }

/** Which events: those after the id `from`, or those around the id `selected`, but not both. */
export type EntityEventsWanted = {
  perPage?: number
  from?: string
  selected?: string
  newEventsOnTop?: boolean
  /** `backward` inverts `newEventsOnTop`. */
  direction?: 'forward' | 'backward'
}

/** `GET /entities/<type>/<id>/events/_relative` (tracker contract, section 10). */
export const entityCalls = (call: CallTracker) => ({
  async events(type: EntityType, id: string, wanted: EntityEventsWanted = {}): Promise<EntityEvents> {
    const path = ['entities', type, id, 'events', '_relative']
    const page = fieldsOf((await call({ method: 'GET', path, query: { ...wanted } })).body, 'a page of events')
    return {
      events: listOf(page.events, 'the events', readEvent),
      hasNext: flagOf(page.hasNext) === true,
      hasPrev: flagOf(page.hasPrev) === true,
    }
  },
})

function readEvent(value: unknown): EntityEvent {
  const event = fieldsOf(value, 'an event')
  return {
    id: neededText(event.id, 'the id of an event'),
    author: userOf(event.author),
    date: dateOf(event.date),
    transport: textOf(event.transport),
    display: textOf(event.display),
    changes: entriesOf(event.changes).map(({ field, diff }) => ({ field: referenceOf(field), diff: textOf(diff) })),
  }
}
