import type { FastifyPluginAsync } from 'fastify'
import type { EntityEvent } from '../world/entities.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import type { ApiOptions } from './api-options.ts'
import type { DocumentForm } from './documents/document-form.ts'
import { userRef } from './documents/references.ts'
import { isTrue, readCount } from './requests/read-parameters.ts'

type Wanted = {
  Params: { type: string; id: string }
  Querystring: { perPage?: string; from?: string; selected?: string; newEventsOnTop?: string; direction?: string }
}

/** The history of projects, portfolios and goals ("Getting entity event history"). */
export const entityEvents: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<Wanted>('/entities/:type/:id/events/_relative', async ({ caller, params, query }) => {
    const entity = world.entity(params.type, params.id)
    if (!entity) throw notFound(`There is no ${params.type} ${params.id}.`)
    const { from, selected, direction = 'forward', newEventsOnTop, perPage } = query
    if (from && selected)
      throw new Refusal(400, { errorMessages: ['from and selected exclude each other: send one of them.'] })
    if (direction !== 'forward' && direction !== 'backward')
      throw new Refusal(400, { errors: { direction: `direction is ${direction}, not forward or backward.` } })

    const isReversed = isTrue(newEventsOnTop) !== (direction === 'backward')
    const events = isReversed ? entity.events.toReversed() : entity.events
    const size = readCount(perPage, 'perPage', 50)
    const start = from ? placeOf(events, from) + 1 : 0
    const places = selected ? around(placeOf(events, selected), events.length, size) : range(start, events.length, size)
    return {
      events: places.flatMap(place => events[place] ?? []).map(event => eventDocument(caller.form, event)),
      hasNext: places.length > 0 && Math.max(...places) < events.length - 1,
      hasPrev: (places.length > 0 ? Math.min(...places) : start) > 0,
    }
  })
}

/** The page on events prints a user with all five fields in both versions, the uid as a string. */
function eventDocument(form: DocumentForm, { id, author: uid, date, display, changes }: EntityEvent) {
  const author = { ...userRef(form, uid), cloudUid: form.world.user(uid)?.cloudUid, passportUid: uid }
  return { id, author, date, transport: 'v2', display, changes }
}

/** Throws `Refusal` 404. */
function placeOf(events: readonly EntityEvent[], id: string): number {
  const place = events.findIndex(event => event.id === id)
  if (place === -1) throw notFound(`There is no event ${id}.`)
  return place
}

const range = (start: number, length: number, size: number): number[] =>
  Array.from({ length: Math.max(0, Math.min(size, length - start)) }, (_, at) => start + at)

/** A place, the one before it, the one after it, the one before that, and so on, as the documents order them. */
function around(place: number, length: number, size: number): number[] {
  const places = [place]
  for (let distance = 1; distance < length; distance++) places.push(place - distance, place + distance)
  return places.filter(one => one >= 0 && one < length).slice(0, size)
}
