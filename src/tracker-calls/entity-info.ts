import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../errors/problem.ts'
import type { Card } from '../linked-objects/cards/card.ts'
import type { Cards } from '../linked-objects/cards/open-cards.ts'
import { isItsTurn, waitForTurn } from '../overload/card-turns.ts'
import type { Load } from '../overload/front.ts'
import { isKnown } from '../values/etag.ts'
import { badKeys, type CardSource, type Gate } from './admission.ts'

type Options = { gate: Gate<'entityInfo'>; findCard: Cards['findCard']; load: Load }

/**
 * Entity info: Tracker asks for the card of an object (`entityInfoUrl`).
 * 200 with Tracker's fields, 304 if the caller has this card, 404 if the application has no such object, 503 if its source gave
 * no answer and there is no last good card.
 */
export const entityInfo: FastifyPluginAsync<Options> = async (app, { gate, findCard, load }) => {
  const { turns } = load
  // No promise for a card in memory: it would cost more than finding the card.
  app.get('/', { onRequest: gate.admit }, (request, reply) => {
    const admission = gate.admitted(request)
    const { application, match } = admission
    if (match.refusal) throw badKeys(match.refusal)
    const answer = (card: Card | undefined) => {
      if (card) return sendCard(request, reply, card)
      const unknown = `The application ${application.id} has no object ${match.keys[0]}.`
      reply.send(new Problem('object-unknown', unknown))
    }
    const found = findCard(application.id, match.keys, request)
    if (found instanceof Promise) {
      const note = (card: Card | undefined) => {
        admission.source = sourceOf(card)
        admission.taken = takenOf(card, match.keys)
        answer(card)
      }
      found.then(note).catch(error => reply.send(error))
    } else {
      admission.source = found?.age === undefined ? 'memory' : 'lastGood'
      if (isItsTurn(turns, application.id)) answer(found)
      else waitForTurn(turns, application.id, () => answer(found))
    }
  })
}

function sourceOf(card: Card | undefined): CardSource | undefined {
  if (card === undefined) return undefined
  if (card.age !== undefined) return 'lastGood'
  return card.isStored === true ? 'database' : 'source'
}

/** The remote key that a card is of; only an address that can be read in several ways leaves a doubt. */
function takenOf(card: Card | undefined, readings: readonly string[]): string | undefined {
  if (card === undefined || readings.length === 1) return card && readings[0]
  return (JSON.parse(card.json) as { key: string }).key
}

function sendCard(request: FastifyRequest, reply: FastifyReply, card: Card): void {
  // A client may keep a card but must revalidate it before each use: a status is never stale, and most answers are a 304.
  reply.header('cache-control', 'private, no-cache').header('etag', card.etag)
  // Only a last good card has an age (RFC 9111, 5.1: not made for this answer); any other is true now.
  if (card.age !== undefined) reply.header('age', card.age)
  if (isKnown(request.headers['if-none-match'], card.etag)) reply.code(304).send()
  else reply.type('application/json; charset=utf-8').send(card.json)
}
