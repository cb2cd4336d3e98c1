import type { Finding } from '../../../application-calls/finding.ts'
import { type Check, fault, passed, skipped, type Verdict } from '../check.ts'
import { came, type Exchange, exchange, findingIn, isDone, isRefused, statusOf } from '../exchange.ts'
import { type Kit, once } from '../kit.ts'
import { inventedKey } from '../links.ts'
import { sources } from '../sources.ts'

/** The card of the first object that the owner named. */
export const cardOf = (kit: Kit): Promise<Exchange> =>
  once(kit, 'card', () => exchange(kit, { kind: 'entityInfo', remoteKeys: [kit.target.objects[0] ?? ''] }))

/** The answer about an object that nobody has. */
const unknownCard = (kit: Kit): Promise<Exchange> =>
  once(kit, 'unknown card', () => exchange(kit, { kind: 'entityInfo', remoteKeys: [inventedKey(kit)] }))

const noObject = skipped('no object is named: name one that exists with --object')
const noTemplate = skipped('entityInfoUrl is not registered')

/** Judges the card of an object that exists, once there is one. */
export const ofCard =
  (judge: (card: Exchange, kit: Kit) => Verdict | Promise<Verdict>): Check['run'] =>
  async kit => {
    if (!kit.target.application.entityInfoUrl) return noTemplate
    if (kit.target.objects.length === 0) return noObject
    const card = await cardOf(kit)
    if (!isDone(card)) return skipped('there is no card, see card-found')
    return judge(card, kit)
  }

const isIn = (field: string, fields: readonly string[]) =>
  fields.some(one => field === one || field.startsWith(`${one}.`))

/** Has checks of its own: how it was answered, what is null, and names that no card has. */
const isCheckedElsewhere = ({ field, code }: Finding) =>
  ['time', 'content-type'].includes(field) || code === 'null' || code === 'unknown-name'

/** A check that fields of the card are as the documents say, by the rules of all who judge a card. */
const fieldCheck = (id: string, title: string, fields: readonly string[], more: Partial<Check> = {}): Check => ({
  id,
  group: 'card',
  level: 'must',
  title,
  source: sources.card,
  run: ofCard(card => {
    const finding = card.outcome.findings.find(({ level, field }) => level === 'error' && isIn(field, fields))
    return finding ? fault(`\`${finding.field}\` ${finding.rule}`, finding.hint, card) : passed
  }),
  ...more,
})

export const cardChecks: readonly Check[] = [
  {
    id: 'card-found',
    group: 'card',
    level: 'must',
    title: 'An object that exists has a card',
    source: sources.card,
    run: async kit => {
      if (!kit.target.application.entityInfoUrl) return noTemplate
      if (kit.target.objects.length === 0) return noObject
      const card = await cardOf(kit)
      if (isDone(card)) return passed
      const [finding] = card.outcome.findings
      return fault(came(card), finding?.hint ?? 'Answer 200 with the card.', card)
    },
  },
  fieldCheck('card-json', 'The card is one JSON object in UTF-8', ['body']),
  {
    id: 'card-type',
    group: 'card',
    level: 'should',
    title: 'The card has the type application/json',
    source: sources.open,
    run: ofCard(card => {
      const finding = findingIn(card, 'content-type')
      return finding ? fault(`its type ${finding.rule}`, finding.hint, card) : passed
    }),
  },
  fieldCheck('card-key', 'The card has the key of its object', ['key']),
  fieldCheck('card-summary', 'The card has a summary', ['summary']),
  fieldCheck('card-icon-url', 'The icon of the card is a web address', ['iconUrl']),
  fieldCheck('card-status', 'The status has a name, and at most a description', ['status']),
  fieldCheck('card-resolution', 'The resolution has a name, and at most a description', ['resolution']),
  fieldCheck('card-assignee', 'The assignee has uids as whole numbers of 64 bits, or a login', ['assignee']),
  fieldCheck('card-updated', 'The moment of the last change has the form of the documents', ['updated'], {
    source: sources.date,
  }),
  fieldCheck('card-deadline', 'The deadline has the form of the documents', ['deadline'], { source: sources.date }),
  {
    id: 'card-doubtful-values',
    group: 'card',
    level: 'should',
    title: 'Nothing in the card is of doubtful meaning',
    source: sources.open,
    run: ofCard(card => {
      const finding = card.outcome.findings.find(one => one.level === 'warning' && !isCheckedElsewhere(one))
      return finding ? fault(`\`${finding.field}\` ${finding.rule}`, finding.hint, card) : passed
    }),
  },
  {
    id: 'card-no-null',
    group: 'card',
    level: 'should',
    title: 'A field that has no value is left out',
    source: sources.open,
    run: ofCard(card => {
      const finding = card.outcome.findings.find(({ code }) => code === 'null')
      return finding ? fault(`\`${finding.field}\` ${finding.rule}`, finding.hint, card) : passed
    }),
  },
  {
    id: 'card-known-fields',
    group: 'card',
    level: 'tolerant',
    title: 'The card has fields of the documents only',
    source: sources.card,
    run: ofCard(card => {
      const finding = card.outcome.findings.find(({ code }) => code === 'unknown-name')
      return finding ? fault(`\`${finding.field}\` ${finding.rule}`, finding.hint, card) : passed
    }),
  },
  {
    id: 'card-unknown',
    group: 'card',
    level: 'should',
    title: 'An object that nobody has is answered 404',
    source: sources.open,
    run: async kit => {
      if (!kit.target.application.entityInfoUrl) return noTemplate
      const answer = await unknownCard(kit)
      if (statusOf(answer) === 404 || statusOf(answer) === 410) return passed
      return fault(
        `${came(answer)} for an object that nobody has`,
        'Answer 404: Tracker then shows the key, and no card of another object.',
        answer,
      )
    },
  },
  {
    id: 'card-unknown-json',
    group: 'card',
    level: 'tolerant',
    title: 'A refusal is JSON',
    source: sources.open,
    run: async kit => {
      if (!kit.target.application.entityInfoUrl) return noTemplate
      const answer = await unknownCard(kit)
      if (!isRefused(answer)) return skipped('no object is refused, see card-unknown')
      const finding = findingIn(answer, 'content-type')
      return finding ? fault(`the type of the refusal ${finding.rule}`, 'Answer a small JSON object.', answer) : passed
    },
  },
]
