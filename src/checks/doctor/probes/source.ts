import type { Application } from '../../../config/schema.ts'
import type { SourceFailureReason } from '../../../linked-objects/object-source.ts'
import type { UpstreamConfig } from '../../../linked-objects/sources/open-upstream.ts'
import { askOnce, type Preview } from '../../../linked-objects/sources/preview-object.ts'
import type { CallStretch } from '../../../storage/calls/call-stretch.ts'
import { lastShownObject, shownWithoutCard } from '../../../storage/calls/card-calls.ts'
import { findObject } from '../../../storage/objects/change-object.ts'
import type { ObjectInfo } from '../../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { asEscape, lastArgument, steering } from '../../../values/shell-word.ts'
import { callText, stretchText } from '../call-text.ts'
import { cardFaults } from '../card-faults.ts'
import type { FindingCode } from '../catalogue.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Ground, Probe, SeenBreaker, Subject } from '../probe.ts'
import { chosenObject } from '../sample-object.ts'
import { secretsHider } from '../source-secrets.ts'
import { breakerText } from './breaker-text.ts'
import { stepLines } from './source-steps.ts'

/** Milliseconds that asking and mapping may take in all. */
const longest = 4_000

/** Whether the source of an application gives a card, and whether Tracker's calls got one. */
export const sourceProbe: Probe = {
  name: 'the source of cards',
  needsDatabase: false,
  look: async (ground, subject, signal) => {
    const { application } = subject
    const { objects } = application
    if (objects.source === 'store') return []
    const chosen = await chosenObject(ground, subject)
    if (chosen === undefined) return []
    const { key, isSample } = chosen
    const [preview, failing, isKept] = await Promise.all([
      ask({ application, objects, key }, ground.config.publicUrl, signal),
      findFailing(ground, subject, key),
      hasLastGood(ground, application, key),
    ])
    // After the question, which may have taken seconds: a breaker that has closed meanwhile is closed.
    const breaker = await ground.breakerOf(application)
    const hideSecrets = secretsHider(objects)
    const about = isSample ? { application } : subject
    const seen = { ...about, key, preview, failing, isKept, breaker, hideSecrets, now: ground.now() }
    if (preview.failure) return [failed(seen, preview.failure)]
    if (preview.card) return await ofCard(ground, seen, preview.card)
    // That one object is no more is told to those who ask for it.
    return isSample ? [] : [unknown(seen)]
  },
}

type Question = { application: Application; objects: UpstreamConfig; key: RemoteKey }

async function ask({ application, objects, key }: Question, publicUrl: string, signal: AbortSignal): Promise<Preview> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(longest)])
  const preview = await askOnce(application, objects, key, { publicUrl, signal: within })
  signal.throwIfAborted()
  return preview
}

/** The calls without a card of the source; of the object that is asked about, if one is, by the given key and its present one. */
async function findFailing({ database }: Ground, { application, remoteKey }: Subject, key: RemoteKey) {
  return database && (await shownWithoutCard(database, application.id, remoteKey && [remoteKey, key]))
}

/** Whether a card of it is stored, which is shown while its source gives none. */
const hasLastGood = async ({ database }: Ground, { id }: Application, key: RemoteKey) =>
  database !== undefined && (await findObject(database, id, key)) !== undefined

type Seen = Subject & {
  key: RemoteKey
  preview: Preview
  failing: CallStretch | undefined
  isKept: boolean
  breaker: SeenBreaker | undefined
  hideSecrets: (text: string) => string
  now: number
}

function unknown(seen: Seen): Finding {
  const { key, preview } = seen
  const isForeign = preview.steps.some(({ step }) => step === 'key')
  return isForeign
    ? found(seen, 'TLK-C31', `${key} is no key of this source`, ['it does not match `keyPattern`, so nobody is asked'])
    : found(seen, 'TLK-C30', `the source has no object ${key}`, stepLines(preview))
}

async function ofCard({ database }: Ground, seen: Seen, card: ObjectInfo): Promise<Finding[]> {
  const { application, key, preview, now } = seen
  const faults = cardFaults(card, key)
  if (faults.length > 0) return [found(seen, 'TLK-C32', 'the card is not what Tracker takes', faults)]
  const { milliseconds = 0 } = preview
  if (milliseconds > application.cards.budgetMilliseconds) {
    // A first question takes longer than those of a server: if its calls get cards, it is quick enough.
    const isEnough = !seen.failing && database && (await lastShownObject(database, application.id)) !== undefined
    return isEnough ? [] : [found(seen, 'TLK-C21', `source slow${sinceOf(seen)}`, slowness(seen))]
  }
  const evidence = [`it answered in ${milliseconds} ms`, ...callsOf(seen)]
  const failing = lately(seen)
  if (failing?.last.source === 'lastGood') {
    const says = `last good card since ${momentText(failing.first.at, now)}, although the source answers now`
    return [found(seen, 'TLK-C34', says, evidence)]
  }
  return answersAgain(seen, evidence)
}

/** Milliseconds after which a call without a card tells nothing of a source that answers. */
const recent = 24 * 60 * 60_000

const lately = ({ failing, now }: Seen): CallStretch | undefined =>
  failing !== undefined && failing.last.at.getTime() >= now - recent ? failing : undefined

/** The source answers, and the server does not ask it yet, or the last calls did not get its answer. */
function answersAgain(seen: Seen, evidence: string[]): Finding[] {
  const { breaker, now } = seen
  const failing = lately(seen)
  const next = 'Open the issue in Tracker again: that call asks the source, at the latest 5 s after the one before.'
  const openSince = breaker?.openSince
  if (openSince !== undefined) {
    const says = `source left alone since ${momentText(new Date(openSince), now)}, although it answers now`
    return [{ ...found(seen, 'TLK-C35', says, evidence), next }]
  }
  if (failing === undefined) return []
  const says = `no card of the source since ${momentText(failing.first.at, now)}, although it answers now`
  return [{ ...found(seen, 'TLK-C35', says, evidence), next }]
}

const slowness = (seen: Seen) => [
  `it answered in ${seen.preview.milliseconds} ms; a call waits ${seen.application.cards.budgetMilliseconds} ms (\`cards.budgetMilliseconds\`)`,
  ...stepLines(seen.preview),
  ...callsOf(seen),
]

/** The code of each reason, and what stands after it. */
const reasons: Record<SourceFailureReason, readonly [FindingCode, string]> = {
  away: ['TLK-C20', 'source away'],
  slow: ['TLK-C21', 'source slow'],
  unauthorized: ['TLK-C22', 'source refuses this server'],
  'answer-invalid': ['TLK-C23', 'source answers no JSON that can be read'],
  mapping: ['TLK-C24', 'mapping fits no more'],
  failed: ['TLK-C25', 'source failed'],
  forbidden: ['TLK-C26', 'source may not be asked'],
  fault: ['TLK-C25', 'source could not be asked'],
}

const failures: ReadonlySet<FindingCode> = new Set(Object.values(reasons).map(([code]) => code))

function failed(seen: Seen, { reason, message, faults }: NonNullable<Preview['failure']>): Finding {
  const [code, words] = reasons[reason]
  const fields = faults.length > 0 ? `: ${faults.map(({ field }) => field).join(', ')}` : ''
  const why = faults.length > 0 ? faults.map(({ field, rule }) => `\`${field}\` ${rule}`) : [message]
  return found(seen, code, `${words}${sinceOf(seen)}${fields}`, [...stepLines(seen.preview), ...why, ...callsOf(seen)])
}

const sinceOf = (seen: Seen) => {
  const since = startOf(seen)
  return since === undefined ? '' : ` since ${momentText(since, seen.now)}`
}

/** Since when calls get no card of the source: cards from memory hide that, and the breaker does not. */
const startOf = ({ failing, breaker }: Pick<Seen, 'failing' | 'breaker'>): Date | undefined =>
  failing?.first.at ?? (breaker?.openSince === undefined ? undefined : new Date(breaker.openSince))

/** What Tracker's calls got meanwhile. */
function callsOf(seen: Seen): string[] {
  const { failing, now } = seen
  if (failing === undefined) return breakerOf(seen)
  const { last } = failing
  const got = last.source === 'lastGood' ? 'Tracker gets the last good card' : 'Tracker gets no card'
  return [`${got}: ${stretchText(failing, now, 'with a card of the source')}`, callText(last, now), ...breakerOf(seen)]
}

/** Whether the server leaves the source alone. Each replica finds that out by its own calls. */
function breakerOf({ breaker, failing, now }: Seen): string[] {
  const general = 'a server leaves a source that fails alone for 5 s at a time, and gives the same answers meanwhile'
  if (breaker === undefined) return failing === undefined ? [] : [general]
  const other = failing?.last.replica
  const isOther = other !== undefined && other !== breaker.replica
  return [
    ...(isOther ? [`that call was answered by ${other}, whose breaker can be asked on its machine only`] : []),
    breakerText(breaker, now),
  ]
}

function found(seen: Seen, code: FindingCode, says: string, evidence: string[]): Finding {
  const {
    application: { id },
    issueKey,
    key,
    failing,
    isKept,
    hideSecrets,
  } = seen
  const since = startOf(seen)
  return {
    code,
    says: hideSecrets(safe(says)),
    next: `tracker-links objects preview ${id} ${lastArgument(key)}`,
    evidence: evidence.map(line => hideSecrets(safe(line))),
    applicationId: id,
    ...(issueKey && { issueKey }),
    remoteKey: key,
    ...(since && { since }),
    ...((failing === undefined ? isKept && failures.has(code) : failing.last.source === 'lastGood') && {
      isShownOld: true,
    }),
  }
}

const safe = (text: string) => text.replace(steering, asEscape)
