import type { Application, Authorization } from '../../../config/schema.ts'
import { defaultHeader, defaultSchemes } from '../../../config/schemas/authorization-schema.ts'
import type { CallStretch } from '../../../storage/calls/call-stretch.ts'
import { callersByToken, presentedTokens, withoutVerdict } from '../../../storage/calls/token-calls.ts'
import type { Queries } from '../../../storage/database/queries.ts'
import { callText, stretchText } from '../call-text.ts'
import { type CallsOfCaller, callsByCaller, strayFinding } from '../caller-finding.ts'
import type { FindingCode } from '../catalogue.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Probe } from '../probe.ts'
import { formOf, otherForm } from './token-form.ts'

type Reading = Exclude<Authorization, { kind: 'none' }>
type Told = Pick<Finding, 'says' | 'next' | 'evidence'> & { code: FindingCode }

/** The last calls that are looked at for an old token, and days after which they tell nothing. */
const recent = { calls: 20, days: 7 }

/** Whether the calls of Tracker are let in, as the request log has them: the latest ones of each caller decide. */
export const tokenProbe: Probe = {
  name: 'the token that Tracker presents',
  needsDatabase: true,
  look: async ({ database, now: clock }, { application, ...link }) => {
    const { authorization, id } = application
    if (database === undefined || authorization.kind === 'none') return []
    const now = clock()
    const [callers, unjudged] = await Promise.all([callersByToken(database, id), withoutVerdict(database, id)])
    const { tracker, stray } = await callsByCaller(database, callers, { recordsOf: id, now })
    // Who is refused while the verifier is away was refused before; without its verdict nobody is let in.
    const refused = unjudged && (!tracker || tracker.last.at < unjudged.last.at) ? { ...unjudged, others: [] } : tracker
    if (refused) return [{ ...refusal(application, authorization, refused, now), ...link }]
    return [
      ...(stray ? [strayFinding(stray, { code: 'TLK-C41', what: 'is refused', applicationId: id, now })] : []),
      ...(authorization.kind === 'token' ? await oldToken(database, id, authorization.tokens.length, now) : []),
    ]
  },
}

type Refused = CallStretch & Pick<CallsOfCaller, 'others'>

function refusal(application: Application, authorization: Reading, refused: Refused, now: number): Finding {
  const { first, last, others } = refused
  const { evidence, ...told } = toldOf(application, authorization, refused, momentText(first.at, now))
  return {
    ...told,
    evidence: [callText(last, now), stretchText(refused, now, 'let in'), ...others, ...evidence],
    applicationId: application.id,
    since: first.at,
  }
}

function toldOf({ id }: Application, authorization: Reading, { last }: CallStretch, since: string): Told {
  const header = authorization.header ?? defaultHeader
  const schemes = authorization.schemes ?? defaultSchemes
  if (last.code === 'token-missing') return missing(id, { header, schemes, last, since })
  if (last.code === 'token-unknown') return unknown(id, authorization, last.scheme, since)
  const isAway = last.code === 'verifier-away'
  return isAway
    ? {
        code: 'TLK-C14',
        says: `no verdict on tokens since ${since}`,
        next: `See why the verifier ${verifierOf(authorization)} gives no answer; calls go on by themselves once it does.`,
        evidence: [],
      }
    : {
        code: 'TLK-C13',
        says: `the owner of the token is not allowed since ${since}`,
        next: `Add the owner of the token to \`authorization.allow\` of ${id}, then run tracker-links reload.`,
        evidence: ['the token is valid, and its owner in none of the accepted lists'],
      }
}

type Missing = { header: string; schemes: readonly string[]; last: CallStretch['last']; since: string }

function missing(id: string, { header, schemes, last, since }: Missing): Told {
  const came = otherForm(last, { header, schemes })
  if (came === undefined)
    return {
      code: 'TLK-C10',
      says: `no token since ${since}`,
      next: `tracker-links registration ${id} --with-token`,
      evidence: [`the header ${header} holds no token, and no other header something like one`],
    }
  return {
    code: 'TLK-C11',
    says: `token ${came.how} since ${since}`,
    next: `${came.remedy(id)}, then run tracker-links reload.`,
    evidence: [`came: ${came.what}; accepted: ${formOf(header, schemes)}`],
  }
}

function unknown(id: string, authorization: Reading, scheme: string | null, since: string): Told {
  const isFixed = authorization.kind === 'token'
  const known = isFixed ? `none of the ${authorization.tokens.length} in \`authorization.tokens\`` : 'not valid'
  return {
    code: 'TLK-C12',
    says: `token refused since ${since}`,
    next: isFixed
      ? `tracker-links registration ${id} --with-token`
      : `Let Tracker present a token that the verifier ${verifierOf(authorization)} knows.`,
    evidence: [
      `the token${scheme === 'bare' || scheme === null ? '' : `, which came as ${scheme},`} is ${known}`,
      ...(isFixed ? ['the sheet shows the first of the list, which Tracker should have'] : []),
    ],
  }
}

/** Its address may hold credentials. */
function verifierOf(authorization: Reading): string {
  const url = authorization.kind === 'user' ? URL.parse(authorization.verifier.url ?? '') : null
  return url === null ? 'of tokens' : `at ${url.origin}`
}

/** Whether one of the last calls presented a token that is not the first of the list: the others are to go. */
async function oldToken(database: Queries, id: string, places: number, now: number) {
  const since = new Date(now - recent.days * 24 * 60 * 60_000)
  const calls = places < 2 ? [] : await presentedTokens(database, id, { since, limit: recent.calls })
  const old = calls.filter(({ place }) => place > 1 && place <= places)
  const [last] = old
  if (last === undefined) return []
  const finding: Finding = {
    code: 'TLK-C40',
    says: `Tracker still presents token ${last.place} of ${places}, the last time at ${momentText(last.at, now)}`,
    next: `tracker-links registration ${id} --with-token`,
    evidence: [
      `${old.length} of the last ${calls.length} calls presented one that is not the first of \`authorization.tokens\``,
      'the sheet shows the first; the others can be taken out once no call presents them',
    ],
    applicationId: id,
  }
  return [finding]
}
