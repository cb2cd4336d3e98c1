import { type IssueKey, parseIssueKey } from '../issue-key.ts'
import { afterLiteral, beforeLiteral, compileLiteral, type Literal } from './url-literal.ts'

export type KeyName = 'issueKey' | 'remoteKey'

/** A part of a URL template: literal text around at most two keys. `middle` and `end` are empty if there are fewer. */
export type Pattern = { start: Literal; keys: readonly KeyName[]; middle: Literal; end: Literal }

/** What an address has in place of the keys: the remote key still encoded, the issue key decoded. */
export type Captured = { issueKey: IssueKey | undefined; remoteKey: string | undefined }

/** What a pattern without keys captures. */
export const nothing: readonly Captured[] = [{ issueKey: undefined, remoteKey: undefined }]

export const placeholder = /\{\{(issueKey|remoteKey)\}\}/g

// A queue key of 32 characters, a hyphen and ten digits, each character encoded twice (%2541). Splits are tried only within
// this length, which bounds the work that a hostile address can cause.
const issueKeySpan = 43 * 5

const asciiWithEscapes = /^(?:[\w-]|%[2-7][0-9A-Fa-f])+$/

/** The pattern of a text that holds at most two placeholders and is well-formed (see `compileLiteral`). */
export function compilePattern(written: string, place: 'path' | 'query'): Pattern {
  const [start, first, second, third, fourth] = written.split(placeholder)
  const literal = (text = '') => compileLiteral(text, place)
  const keys = [first, third].filter(name => name !== undefined) as KeyName[]
  return keys.length === 2
    ? { start: literal(start), keys, middle: literal(second), end: literal(fourth) }
    : { start: literal(start), keys, middle: literal(), end: literal(second) }
}

/**
 * What the keys may be if the pattern covers `address` from `from` to `to`, one entry for each way to split it; undefined if
 * its literal text is not there, no entry if nothing is between.
 */
export function capture(pattern: Pattern, address: string, from: number, to: number): readonly Captured[] | undefined {
  const first = afterLiteral(pattern.start, address, from)
  if (first < 0 || first > to) return undefined
  if (pattern.keys.length === 0) return first === to ? nothing : undefined
  const last = beforeLiteral(pattern.end, address, to)
  if (last < first) return undefined
  if (last === first) return []
  if (pattern.keys.length === 2) return split(pattern, address, first, last)
  const text = address.slice(first, last)
  return pattern.keys[0] === 'issueKey'
    ? [{ issueKey: readIssueKey(text), remoteKey: undefined }]
    : [{ issueKey: undefined, remoteKey: text }]
}

/** Every split at the middle literal that leaves an issue key on its side; if none does, one entry without issue key. */
function split(pattern: Pattern, address: string, first: number, last: number): Captured[] {
  const issueFirst = pattern.keys[0] === 'issueKey'
  const lowest = issueFirst ? first + 1 : Math.max(first + 1, last - issueKeySpan - pattern.middle.longest)
  const highest = issueFirst ? Math.min(last, first + issueKeySpan + 1) : last
  const found: Captured[] = []
  for (let at = lowest; at < highest; at++) {
    const after = afterLiteral(pattern.middle, address, at)
    if (after < 0 || after > last) continue
    const issueKey = readIssueKey(issueFirst ? address.slice(first, at) : address.slice(after, last))
    const remoteKey = issueFirst ? address.slice(after, last) : address.slice(first, at)
    if (issueKey) found.push({ issueKey, remoteKey })
  }
  return found.length > 0 ? found : [{ issueKey: undefined, remoteKey: address.slice(first, last) }]
}

/** An issue key holds neither `%` nor `+`, so it has one reading: decoded until no escape is left, at most twice. */
function readIssueKey(text: string): IssueKey | undefined {
  if (text.length > issueKeySpan) return undefined
  const once = decodeAscii(text)
  return parseIssueKey(once.includes('%') ? decodeAscii(once) : once)
}

/** Decodes only a text that may become an issue key: most splits of a hostile address cannot. */
const decodeAscii = (text: string) =>
  text.includes('%') && asciiWithEscapes.test(text) ? decodeURIComponent(text) : text
