import { type Check, fault, passed, skipped } from '../check.ts'
import { came, type Exchange, exchange, isDone } from '../exchange.ts'
import type { Kit } from '../kit.ts'
import { createLinks, linkableKeys, newIssue, noLinkableKey } from '../links.ts'
import { sources } from '../sources.ts'
import { ofCard } from './card.ts'

/** Milliseconds. How long Tracker waits is not documented; a person is waiting for the card. */
const budget = 1_000

/** Cards that an issue with as many links asks for at the same moment. */
const atOnce = 20

const timeOf = ({ outcome }: Exchange) => (outcome.state === 'answered' ? outcome.milliseconds : Infinity)
const inWords = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`

const askCard = (kit: Kit) => exchange(kit, { kind: 'entityInfo', remoteKeys: [kit.target.objects[0] ?? ''] })

/** The slowest of some exchanges. */
const slowest = (all: readonly Exchange[]) => all.reduce((one, other) => (timeOf(one) < timeOf(other) ? other : one))

export const speedChecks: readonly Check[] = [
  {
    id: 'speed-card',
    group: 'speed',
    level: 'should',
    title: 'A card is answered within a second',
    source: sources.open,
    run: ofCard(async (_card, kit) => {
      const answers = []
      for (let call = 0; call < 5; call++) answers.push(await askCard(kit))
      const worst = slowest(answers)
      if (timeOf(worst) < budget) return passed
      return fault(`one of five took ${inWords(timeOf(worst))}`, 'Answer from a local store.', worst)
    }),
  },
  {
    id: 'speed-cards-at-once',
    group: 'speed',
    level: 'should',
    title: `${atOnce} cards at once are answered within a second each`,
    source: sources.open,
    run: ofCard(async (_card, kit) => {
      const worst = slowest(await Promise.all(Array.from({ length: atOnce }, () => askCard(kit))))
      if (timeOf(worst) < budget) return passed
      return fault(
        `the slowest of ${atOnce} took ${inWords(timeOf(worst))}`,
        'Answer calls beside each other: an issue with many links asks for all its cards at once.',
        worst,
      )
    }),
  },
  {
    id: 'cards-at-once',
    group: 'speed',
    level: 'must',
    title: `${atOnce} cards at once are all answered`,
    source: sources.card,
    run: ofCard(async (_card, kit) => {
      const answers = await Promise.all(Array.from({ length: atOnce }, () => askCard(kit)))
      const missing = answers.find(answer => !isDone(answer))
      if (missing === undefined) return passed
      return fault(
        `one of ${atOnce} at once: ${came(missing)}`,
        'An issue with many links asks for all its cards at once: raise the limit.',
        missing,
      )
    }),
  },
  {
    id: 'speed-create',
    group: 'speed',
    level: 'should',
    title: 'A link is made within a second',
    source: sources.open,
    run: async kit => {
      if (!kit.target.application.createLinkUrl) return skipped('createLinkUrl is not registered')
      const [key] = await linkableKeys(kit)
      if (key === undefined) return skipped(noLinkableKey)
      const made = await createLinks(kit, newIssue(kit), [key])
      if (!isDone(made)) return skipped('no link was made, see create-done')
      return timeOf(made) < budget
        ? passed
        : fault(`it took ${inWords(timeOf(made))}`, 'Answer once the link is stored, and do the rest later.', made)
    },
  },
  {
    id: 'create-at-once',
    group: 'speed',
    level: 'must',
    title: 'Links of ten issues are made at once',
    source: sources.create,
    run: async kit => {
      if (!kit.target.application.createLinkUrl) return skipped('createLinkUrl is not registered')
      const [key] = await linkableKeys(kit)
      if (key === undefined) return skipped(noLinkableKey)
      const all = await Promise.all(Array.from({ length: 10 }, () => createLinks(kit, newIssue(kit), [key])))
      const failed = all.find(answer => !isDone(answer))
      return failed
        ? fault(
            `one of ten at once: ${came(failed)}`,
            "Let calls that come together not stand in each other's way.",
            failed,
          )
        : passed
    },
  },
]
