import { type Check, fault, passed, skipped } from '../check.ts'
import { came, exchange, isDone, isRefused, statusOf } from '../exchange.ts'
import { fetchIcon } from '../fetch-icon.ts'
import { type Kit, once } from '../kit.ts'
import { sources } from '../sources.ts'
import { cardOf, ofCard } from './card.ts'

/** Longer than this, in seconds, a card that changed is shown as it was. */
const longestAge = 3_600

const iconOf = (kit: Kit, url: string) => once(kit, `icon ${url}`, () => fetchIcon(url, kit.signal))

/** How the card is answered, beside what is in it. */
export const cardAnswerChecks: readonly Check[] = [
  {
    id: 'card-icon-loads',
    group: 'card',
    level: 'should',
    title: 'The icon of the card can be loaded, without a token',
    source: sources.card,
    run: ofCard(async (card, kit) => {
      const url = card.outcome.state === 'answered' ? card.outcome.object?.iconUrl : undefined
      if (url === undefined) return skipped('the card has no icon of its own')
      const why = await iconOf(kit, url)
      return why === undefined ? passed : fault(`\`iconUrl\` ${url} ${why}`, 'Serve an image there to everybody.', card)
    }),
  },
  {
    id: 'card-default-icon-loads',
    group: 'card',
    level: 'should',
    title: 'The default icon can be loaded, without a token',
    source: sources.registration,
    run: async kit => {
      const url = kit.target.defaultIconUrl
      if (url === undefined) return skipped('no default icon is named')
      const why = await iconOf(kit, url)
      return why === undefined
        ? passed
        : fault(`\`defaultIconUrl\` ${url} ${why}`, 'Serve an image there to everybody.')
    },
  },
  {
    id: 'card-repeatable',
    group: 'card',
    level: 'should',
    title: 'The same question gets the same kind of answer again',
    source: sources.open,
    run: ofCard(async (card, kit) => {
      const again = await exchange(kit, { kind: 'entityInfo', remoteKeys: [kit.target.objects[0] ?? ''] })
      return statusOf(again) === statusOf(card)
        ? passed
        : fault(`the first answer was ${statusOf(card)}, then ${came(again)}`, 'Answer each call alike.', again)
    }),
  },
  {
    id: 'card-every-object',
    group: 'card',
    level: 'must',
    title: 'Each object that is named has a card that is right',
    source: sources.card,
    run: async kit => {
      const others = kit.target.objects.slice(1)
      if (others.length === 0) return skipped('one object at most is named: name more with --object')
      for (const key of others) {
        const card = await exchange(kit, { kind: 'entityInfo', remoteKeys: [key] })
        const finding = card.outcome.findings.find(({ level }) => level === 'error')
        if (!isDone(card) || finding)
          return fault(
            finding ? `the card of ${key}: \`${finding.field}\` ${finding.rule}` : came(card),
            finding?.hint ?? 'Answer 200 with the card.',
            card,
          )
      }
      return passed
    },
  },
  {
    id: 'card-head',
    group: 'card',
    level: 'tolerant',
    title: 'HEAD is answered like GET, or refused',
    source: sources.http,
    run: ofCard(async (card, kit) => {
      const call = { kind: 'entityInfo', remoteKeys: [kit.target.objects[0] ?? ''] } as const
      const head = await exchange(kit, call, { change: written => ({ ...written, method: 'HEAD' }) })
      if (statusOf(head) === statusOf(card) || isRefused(head) || statusOf(head) === 501) return passed
      return fault(`${came(head)} to HEAD`, 'Answer HEAD like GET without a body, or 405.', head)
    }),
  },
  {
    id: 'card-trailing-slash',
    group: 'card',
    level: 'tolerant',
    title: 'A slash at the end of the address does no harm',
    source: sources.open,
    run: ofCard(async (_card, kit) => {
      if (kit.target.application.entityInfoUrl?.includes('?')) return skipped('the key stands in the query')
      const call = { kind: 'entityInfo', remoteKeys: [kit.target.objects[0] ?? ''] } as const
      const slashed = await exchange(kit, call, {
        change: written => ({ ...written, address: `${written.address.replace(/\/$/, '')}/` }),
      })
      if (isDone(slashed) || isRefused(slashed)) return passed
      return fault(`${came(slashed)} with a slash at the end`, 'Answer the card, or 404.', slashed)
    }),
  },
  {
    id: 'card-unasked-encoding',
    group: 'card',
    level: 'must',
    title: 'The card is not compressed for a caller that does not ask for it',
    source: sources.http,
    run: ofCard(card => {
      const coding = card.outcome.state === 'answered' ? card.outcome.responseHeaders['content-encoding'] : undefined
      return coding === undefined || coding === 'identity'
        ? passed
        : fault(`the answer has content-encoding ${coding}`, 'Compress for callers with Accept-Encoding only.', card)
    }),
  },
  {
    id: 'card-caching',
    group: 'card',
    level: 'should',
    title: 'The card may not be kept for long',
    source: sources.open,
    run: ofCard(card => {
      const control = card.outcome.state === 'answered' ? (card.outcome.responseHeaders['cache-control'] ?? '') : ''
      const age = Number(/(?:s-maxage|max-age)=(\d+)/i.exec(control)?.[1] ?? 0)
      if (age <= longestAge && !/immutable/i.test(control)) return passed
      return fault(
        `Cache-Control is ${control}`,
        'Allow a minute or less: whoever keeps it longer shows a state that has passed.',
        card,
      )
    }),
  },
  {
    id: 'card-no-redirect',
    group: 'card',
    level: 'should',
    title: 'The card is answered at the registered address, without a redirect',
    source: sources.open,
    run: async kit => {
      if (kit.target.objects.length === 0) return skipped('no object is named: name one that exists with --object')
      const card = await cardOf(kit)
      return statusOf(card) >= 300 && statusOf(card) <= 399
        ? fault(
            `${came(card)}, a redirect`,
            'Register the address that answers: nobody says that Tracker follows.',
            card,
          )
        : passed
    },
  },
]
