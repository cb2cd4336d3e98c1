import type { Fault } from '../../errors/problem.ts'
import { type IssueKey, issueKeyRule } from '../../tracker-contract/issue-key.ts'
import { type RemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'
import type { Captured } from '../../tracker-contract/url-template/url-pattern.ts'
import type { UrlTemplate } from '../../tracker-contract/url-template/url-template.ts'
import type { TemplateMatch } from './match-template.ts'
import {
  decodeEscapes,
  furtherReadings,
  isEncoded,
  type Reading,
  readingsOfTheWhole,
  readRemoteKey,
} from './url-readings.ts'

/** A link that an address may mean. */
export type LinkReading = { issueKey: IssueKey; remoteKey: RemoteKey }

/** Why an application's address holds no valid key: an error code, and the key with the rule that it breaks. */
export type Refusal = { code: 'key-repeated' | 'key-invalid'; fault: Fault }

type Refused = { refusal: Refusal; keys?: never; links?: never }
/** What an address may mean, the likeliest first. */
export type KeyReadings = { keys: readonly RemoteKey[]; refusal?: never } | Refused
export type LinkReadings = { links: readonly LinkReading[]; refusal?: never } | Refused

type MatchedTemplate = { template: UrlTemplate; match: TemplateMatch }

/** The most readings that an address may have: sensible templates stay far below, and an address with more is refused. */
export const mostReadings = 64

/** The remote keys that an address may mean. */
export function readRemoteKeys(template: UrlTemplate, match: TemplateMatch): KeyReadings {
  const keys: RemoteKey[] = []
  readKeys(match, remoteKey => {
    if (!keys.includes(remoteKey)) keys.push(remoteKey)
  })
  return refusalOf([{ template, match }], keys.length) ?? { keys }
}

/** The links that an address may mean, read by each template of an application that it matches. */
export function readLinks(matched: readonly MatchedTemplate[]): LinkReadings {
  const links: LinkReading[] = []
  for (const { match } of matched) {
    readKeys(match, (remoteKey, { issueKey }) => {
      if (issueKey === undefined || links.length > mostReadings) return
      if (!links.some(link => link.remoteKey === remoteKey && link.issueKey === issueKey))
        links.push({ issueKey, remoteKey })
    })
  }
  return refusalOf(matched, links.length) ?? { links }
}

/** Hands over each valid remote key of each reading, in the order of docs/decisions/how-an-address-is-read.md. */
function readKeys(match: TemplateMatch, take: (remoteKey: RemoteKey, captured: Captured) => void): void {
  readEach(match.captured, decodeEscapes, take)
  if (match.captured.some(({ remoteKey }) => remoteKey !== undefined && isEncoded(remoteKey)))
    for (const reading of furtherReadings) readEach(match.captured, reading, take)
  for (const reading of readingsOfTheWhole) readEach(match.literally, reading, take)
}

function readEach(
  captured: readonly Captured[],
  reading: Reading,
  take: (remoteKey: RemoteKey, captured: Captured) => void,
): void {
  for (const one of captured) {
    const remoteKey = one.remoteKey === undefined ? undefined : readRemoteKey(one.remoteKey, reading)
    if (remoteKey !== undefined) take(remoteKey, one)
  }
}

function refusalOf(matched: readonly MatchedTemplate[], readings: number): Refused | undefined {
  const repeated = matched.find(({ match }) => match.repeated !== undefined)?.match.repeated
  if (repeated !== undefined)
    return refuse('key-repeated', repeated, 'given once in the query', `Give ${repeated} once.`)
  if (readings > mostReadings)
    return refuse(
      'key-invalid',
      'remoteKey',
      `part of an address that can be read in at most ${mostReadings} ways`,
      'Set a template in which each key has a parameter of its own.',
    )
  return readings > 0 ? undefined : noKeyRefusal(matched)
}

function noKeyRefusal(matched: readonly MatchedTemplate[]): Refused {
  const { template, match } = (matched.find(one => one.match.rank === 'whole') ?? matched[0]) as MatchedTemplate
  const call = `Call ${template.shown}, filled in.`
  if (match.missing !== undefined) return refuse('key-invalid', match.missing, 'present, and not empty', call)
  const hasIssueKey = [...match.captured, ...match.literally].some(({ issueKey }) => issueKey !== undefined)
  return template.text.includes('{{issueKey}}') && !hasIssueKey
    ? refuse('key-invalid', 'issueKey', issueKeyRule, call)
    : refuse('key-invalid', 'remoteKey', `${remoteKeyRule}, in UTF-8`, call)
}

/** `rule` follows "must be". */
function refuse(code: Refusal['code'], field: string, rule: string, hint: string): Refused {
  return { refusal: { code, fault: { field, rule, hint } } }
}
