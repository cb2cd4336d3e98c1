import type { CallKind } from '../../../application-calls/calls.ts'
import { type Check, fault, passed, skipped, type Verdict } from '../check.ts'
import { type CallOptions, came, type Exchange, exchange, isRefused, statusOf } from '../exchange.ts'
import type { Kit } from '../kit.ts'
import { createLinks, inventedKey, newIssue } from '../links.ts'
import { sources } from '../sources.ts'

const noToken = skipped('no token is given')

/** Whether an answer says that the caller was not let in. */
const isShutOut = (answer: Exchange) => statusOf(answer) === 401 || statusOf(answer) === 403

const headerOf = ({ application: { tokenForm } }: Kit['target']) => (tokenForm?.header ?? 'Authorization').toLowerCase()

/**
 * Presents the token in another way, or something else. Of `secret`, the part that is the token or nearly it, nothing is shown, also
 * if the answer repeats it.
 */
const presenting = ({ target }: Kit, value: string | string[] | undefined, secret?: string): CallOptions => ({
  settings: { token: 'none' },
  change: one => {
    if (value === undefined) return one
    const name = headerOf(target)
    const text = [value].flat().join(', ')
    const shown = secret === undefined ? text : text.replaceAll(secret, '***')
    return {
      ...one,
      headers: { ...one.headers, [name]: value },
      shownHeaders: { ...one.shownHeaders, [name]: shown },
      ...(secret !== undefined && { token: secret }),
    }
  },
})

/** The three calls about things that nobody has; a creation is noted, should it be let in. */
async function call(kit: Kit, kind: CallKind, options: CallOptions): Promise<Exchange> {
  if (kind === 'createLink') return createLinks(kit, newIssue(kit), [inventedKey(kit, 'stranger')], options)
  const key = kind === 'entityInfo' ? (kit.target.objects[0] ?? inventedKey(kit)) : inventedKey(kit, 'stranger')
  return exchange(kit, { kind, remoteKeys: [key], issueKey: newIssue(kit) }, options)
}

/** The longest beginning of the token that stands in a header, if it is most of the token. */
const secretIn = (value: string | undefined, token: string): string | undefined =>
  [token, token.slice(0, -1)].find(secret => value?.includes(secret))

const templates = { entityInfo: 'entityInfoUrl', createLink: 'createLinkUrl', removeLink: 'removeLinkUrl' } as const
const nouns = { entityInfo: 'a card', createLink: 'a creation', removeLink: 'a removal' } as const

/** A check that callers without the right token are shut out of a call. */
const shutOut = (
  id: string,
  kind: CallKind,
  {
    what,
    value,
    level = 'must',
  }: { what: string; value: (token: string) => string | undefined; level?: Check['level'] },
): Check => ({
  id,
  group: 'authorization',
  level,
  title: `${nouns[kind][0]?.toUpperCase()}${nouns[kind].slice(1)} is refused with ${what}`,
  source: sources.authorization,
  run: async kit => {
    const { oauthToken } = kit.target.application
    if (!oauthToken) return noToken
    if (!kit.target.application[templates[kind]]) return skipped(`${templates[kind]} is not registered`)
    const answer = await call(kit, kind, presenting(kit, value(oauthToken), secretIn(value(oauthToken), oauthToken)))
    if (isShutOut(answer)) return passed
    return fault(
      `${came(answer)} to ${nouns[kind]} with ${what}`,
      'Compare the whole token first of all; answer 401.',
      answer,
    )
  },
})

const accepted = (id: string, level: Check['level'], title: string, value: (token: string) => string): Check => ({
  id,
  group: 'authorization',
  level,
  title,
  source: sources.open,
  run: async kit => {
    const { oauthToken, tokenForm } = kit.target.application
    if (!oauthToken) return noToken
    if (tokenForm) return skipped('the owner says in which form the token comes')
    const answer = await call(
      kit,
      'entityInfo',
      presenting(kit, value(oauthToken), secretIn(value(oauthToken), oauthToken)),
    )
    if (!isShutOut(answer)) return passed
    return fault(
      `${came(answer)} to the right token in this form`,
      'Take `OAuth` and `Bearer`, in upper and lower case: which one Tracker sends is not documented.',
      answer,
    )
  },
})

/** A token that nobody has. */
const wrongToken = 'tlk-check-wrong-token'

export const authorizationChecks: readonly Check[] = [
  {
    id: 'token-accepted',
    group: 'authorization',
    level: 'must',
    title: 'The token of the registration is let in',
    source: sources.authorization,
    run: async kit => {
      if (!kit.target.application.oauthToken) return noToken
      const answer = await call(kit, 'entityInfo', {})
      return isShutOut(answer)
        ? fault(
            `${came(answer)} to the right token`,
            'Compare the token of the sheet with that of the application.',
            answer,
          )
        : passed
    },
  },
  accepted('token-scheme-oauth', 'should', 'The token is let in behind `OAuth`', token => `OAuth ${token}`),
  accepted('token-scheme-bearer', 'should', 'The token is let in behind `Bearer`', token => `Bearer ${token}`),
  accepted('token-scheme-case', 'tolerant', 'The scheme may be in lower case', token => `oauth ${token}`),
  shutOut('token-missing-card', 'entityInfo', { what: 'no token', value: () => undefined }),
  shutOut('token-missing-create', 'createLink', { what: 'no token', value: () => undefined }),
  shutOut('token-missing-remove', 'removeLink', { what: 'no token', value: () => undefined }),
  shutOut('token-wrong-card', 'entityInfo', { what: 'a wrong token', value: () => `OAuth ${wrongToken}` }),
  shutOut('token-cut', 'entityInfo', {
    what: 'the beginning of the token',
    value: token => `OAuth ${token.slice(0, -1)}`,
  }),
  shutOut('token-other-scheme', 'entityInfo', {
    what: 'the scheme Basic',
    value: () => `Basic ${btoa(`user:${wrongToken}`)}`,
  }),
  {
    id: 'token-two',
    group: 'authorization',
    level: 'should',
    title: 'Two tokens, a wrong one and the right one, are not let in',
    source: sources.http,
    run: async kit => {
      const { oauthToken } = kit.target.application
      if (!oauthToken) return noToken
      const both = [`OAuth ${wrongToken}`, `OAuth ${oauthToken}`]
      const answer = await call(kit, 'entityInfo', presenting(kit, both, oauthToken))
      return isRefused(answer)
        ? passed
        : fault(`${came(answer)} to two tokens`, 'Refuse a call with two Authorization headers.', answer)
    },
  },
  {
    id: 'token-before-body',
    group: 'authorization',
    level: 'should',
    title: 'A caller without the token learns nothing about its body',
    source: sources.open,
    run: async kit => {
      const { oauthToken, createLinkUrl } = kit.target.application
      if (!oauthToken) return noToken
      if (!createLinkUrl) return skipped('createLinkUrl is not registered')
      const without = presenting(kit, undefined)
      const answer = await exchange(
        kit,
        { kind: 'createLink', issueKey: newIssue(kit), remoteKeys: [] },
        { ...without, change: one => ({ ...(without.change?.(one) ?? one), body: '{' }) },
      )
      return isShutOut(answer)
        ? passed
        : fault(`${came(answer)} to a broken body without a token`, 'Look at the token before the body.', answer)
    },
  },
  {
    id: 'token-object-hidden',
    group: 'authorization',
    level: 'should',
    title: 'A caller without the token does not learn which objects exist',
    source: sources.open,
    run: async kit => {
      const { oauthToken } = kit.target.application
      const [known] = kit.target.objects
      if (!oauthToken) return noToken
      if (known === undefined) return skipped('no object is named: name one that exists with --object')
      const stranger = presenting(kit, undefined)
      const [one, other] = await Promise.all(
        [known, inventedKey(kit)].map(key => exchange(kit, { kind: 'entityInfo', remoteKeys: [key] }, stranger)),
      )
      if (one === undefined || other === undefined || statusOf(one) === statusOf(other)) return passed
      return fault(
        `an object that exists is answered ${statusOf(one)}, another one ${statusOf(other)}`,
        'Look at the token before the object.',
        other,
      )
    },
  },
  {
    id: 'token-kept-secret',
    group: 'authorization',
    level: 'must',
    title: 'No answer holds the token',
    source: sources.open,
    run: async (kit): Promise<Verdict> => {
      if (!kit.target.application.oauthToken) return noToken
      const [call] = kit.tokenRepeatedBy
      return call === undefined
        ? passed
        : fault(`an answer to ${call} holds the token`, 'Repeat no header of a call in its answer.')
    },
  },
  {
    id: 'token-asked-for',
    group: 'authorization',
    level: 'should',
    title: 'Not everybody may call',
    source: sources.authorization,
    run: async kit => {
      if (kit.target.application.oauthToken) return passed
      const answer = await call(kit, 'entityInfo', {})
      return isShutOut(answer)
        ? skipped('it asks for a token, and none is given')
        : fault('anybody who knows an address gets its card', 'Register an `oauthToken`, and ask for it.', answer)
    },
  },
]
