import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Check, fault, passed, skipped, type Verdict } from '../check.ts'
import { bodyOf, type CallOptions, came, exchange, isDone, isRefused, statusOf } from '../exchange.ts'
import type { Kit } from '../kit.ts'
import { createLinks, inventedKey, linkableKeys, newIssue, noLinkableKey } from '../links.ts'
import { sources } from '../sources.ts'

/** Sends a body in pieces of so many bytes, with a pause after each. */
const inPieces = (bytes: number, pause: number, more: Record<string, string> = {}): CallOptions => ({
  change: one => {
    const body = Buffer.from(bodyOf(one))
    async function* pieces() {
      for (let at = 0; at < body.length; at += bytes) {
        if (at > 0) await sleep(pause)
        yield body.subarray(at, at + bytes)
      }
    }
    return { ...one, headers: { ...one.headers, ...more }, body: Readable.from(pieces(), { objectMode: false }) }
  },
})

const withLength: (options: CallOptions) => CallOptions = ({ change }) => ({
  change: one => {
    const changed = change?.(one) ?? one
    return {
      ...changed,
      headers: { ...changed.headers, 'content-length': String(Buffer.byteLength(bodyOf(one))) },
    }
  },
})

const creation = (
  id: string,
  { level, title, source, when, fix }: Pick<Check, 'level' | 'title' | 'source'> & { when: string; fix: string },
  options: CallOptions,
): Check => ({
  id,
  group: 'robustness',
  level,
  title,
  source,
  run: async kit => {
    if (!kit.target.application.createLinkUrl) return skipped('createLinkUrl is not registered')
    const [key] = await linkableKeys(kit)
    if (key === undefined) return skipped(noLinkableKey)
    const made = await createLinks(kit, newIssue(kit), [key], options)
    return isDone(made) ? passed : fault(`${came(made)} ${when}`, fix, made)
  },
})

/** A creation that has to be refused, and names no link. */
const refused = (
  id: string,
  { title, when, fix }: { title: string; when: string; fix: string },
  options: CallOptions,
): Check => ({
  id,
  group: 'robustness',
  level: 'should',
  title,
  source: sources.http,
  run: async kit => {
    if (!kit.target.application.createLinkUrl) return skipped('createLinkUrl is not registered')
    const answer = await exchange(kit, { kind: 'createLink', issueKey: newIssue(kit), remoteKeys: [] }, options)
    // A connection that is closed on what is too large is a refusal as well.
    if (isRefused(answer) || answer.outcome.state === 'failed') return passed
    return fault(`${came(answer)} ${when}`, fix, answer)
  },
})

/** Asks for a card with a strange key or header; whatever is answered, it must not be a failure of the server. */
const survives = (id: string, title: string, ask: (kit: Kit) => { key: string; options?: CallOptions }): Check => ({
  id,
  group: 'robustness',
  level: 'should',
  title,
  source: sources.http,
  run: async (kit): Promise<Verdict> => {
    if (!kit.target.application.entityInfoUrl) return skipped('entityInfoUrl is not registered')
    const { key, options } = ask(kit)
    const answer = await exchange(kit, { kind: 'entityInfo', remoteKeys: [key] }, options)
    if (isDone(answer) || isRefused(answer)) return passed
    return fault(came(answer), 'Answer 404, or 400.', answer)
  },
})

export const robustnessChecks: readonly Check[] = [
  creation(
    'body-in-pieces',
    {
      level: 'must',
      title: 'A body that arrives in pieces is read whole',
      source: sources.http,
      when: 'to a body in pieces of seven bytes',
      fix: 'Gather the whole body before reading it as JSON.',
    },
    withLength(inPieces(7, 5)),
  ),
  creation(
    'body-chunked',
    {
      level: 'should',
      title: 'A body without a length (chunked) is read',
      source: sources.http,
      when: 'to a chunked body',
      fix: 'Take Transfer-Encoding: chunked.',
    },
    inPieces(16, 0),
  ),
  creation(
    'body-slow',
    {
      level: 'should',
      title: 'A body that takes a second to arrive is read',
      source: sources.open,
      when: 'to a body that took a second to arrive',
      fix: 'Wait some seconds for a body.',
    },
    withLength(inPieces(24, 400)),
  ),
  refused(
    'body-huge',
    { title: 'A body of 16 MB is refused', when: 'to a body of 16 MB', fix: 'Set a limit; answer 413.' },
    { change: one => ({ ...one, body: `{"issueKey":"X-1","entityIds":[],"more":"${'x'.repeat(16 * 1024 * 1024)}"` }) },
  ),
  refused(
    'body-not-utf8',
    { title: 'A body that is not UTF-8 is refused', when: 'to a body in another encoding', fix: 'Answer 400.' },
    { change: one => ({ ...one, body: Readable.from([Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22])]) }) },
  ),
  refused(
    'body-other-type',
    { title: 'A form in place of JSON is refused', when: 'to a form', fix: 'Answer 415, or 400.' },
    {
      change: one => ({
        ...one,
        headers: { ...one.headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'a=b',
      }),
    },
  ),
  survives('address-nul', 'A NUL in a key does no harm', kit => ({ key: `${inventedKey(kit)}\0` })),
  survives('address-malformed', 'A malformed address does no harm', kit => ({
    key: inventedKey(kit),
    options: { change: one => ({ ...one, address: `${one.address}%zz` }) },
  })),
  survives('address-long', 'A key of 4,000 characters does no harm', kit => ({
    key: inventedKey(kit).padEnd(4_000, 'x'),
  })),
  {
    id: 'stays-up',
    group: 'robustness',
    level: 'must',
    title: 'After all this the application still answers',
    source: sources.http,
    run: async kit => {
      const key = kit.target.objects[0] ?? inventedKey(kit)
      const answer = await exchange(kit, { kind: 'entityInfo', remoteKeys: [key] })
      if (statusOf(answer) !== 0 && statusOf(answer) < 500) return passed
      return fault(
        `${came(answer)} after the bodies and addresses above`,
        'Its log says which of them broke it.',
        answer,
      )
    },
  },
]
