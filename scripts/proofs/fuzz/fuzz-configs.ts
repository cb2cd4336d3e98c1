import * as fc from 'fast-check'
import { ConfigFaults } from '../../../src/config/config-faults.ts'
import { configOfText } from '../../../src/config/load-config.ts'
import type { ConfigCheck } from '../../../src/config/run-config-checks.ts'
import { checkSources } from '../../../src/linked-objects/sources/check-sources.ts'
import { buildAddressBook } from '../../../src/tracker-calls/addresses/address-book.ts'
import type { Found, Limits } from './fuzz-requests.ts'

/** As tokens come: it may stand as a value or, after a forgotten quote or colon, as a key. */
const secret = 'canary7f3a9c1e5d8b'

const names = [
  'publicUrl',
  'applications',
  'id',
  'path',
  'name',
  'frontUrl',
  'responsible',
  'authorization',
  'kind',
  'tokens',
  'verifier',
  'allow',
  'objects',
  'source',
  'url',
  'headers',
  'mapping',
  'summary',
  'states',
  'people',
  'keyPattern',
  'privateHosts',
  'endpoints',
  'entityInfo',
  'createLink',
  'removeLink',
  'organizations',
  'sandbox',
  'cards',
  'unknownTokens',
]
const words = [
  'crm',
  'none',
  'token',
  'user',
  'http',
  'sql',
  'store',
  'https://crm.example.com/{{remoteKey}}',
  '/{{remoteKey}}',
  '(?<id>',
  '(a|a)*',
  '',
  '*x',
  `$\{NOT_SET}`,
  '$',
  '"',
  '\u0000',
  '{{',
  '😀',
  secret,
  `Bearer ${secret}`,
]
const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...names) },
  fc.constantFrom(secret, '__proto__', '<<', 'a b', ''),
)
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<unknown>(...words, null, true, 7, -1, 1e99),
    fc.dictionary(key, tie('any'), { maxKeys: 5 }),
    fc.array(tie('any'), { maxLength: 3 }),
  ),
})).any
const application = fc.dictionary(key, value, { maxKeys: 6 }).map(more => ({
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  responsible: 'a',
  authorization: { kind: 'none' },
  ...more,
}))
const file = fc.record({
  publicUrl: fc.constant('https://links.example.com'),
  applications: fc.array(application, { minLength: 1, maxLength: 3 }),
})
const json = fc.oneof(file, value).map(one => JSON.stringify(one) ?? '')
// YAML: without quotes a text may become a key, an alias or a number.
const text = fc.oneof(
  json,
  json.map(one => one.replaceAll('"', '')),
  fc.tuple(json, fc.nat(), fc.constantFrom(...words)).map(([one, at, word]) => {
    const place = at % (one.length + 1)
    return one.slice(0, place) + word + one.slice(place + 1)
  }),
)

const checks: readonly ConfigCheck[] = [checkSources, applications => buildAddressBook(applications).faults]

/** Checks generated configuration files: each is taken, or refused with faults that tell no value of it. */
export async function fuzzConfigs({
  seed,
  seconds,
  path,
}: Limits): Promise<{ found: Found | undefined; files: number }> {
  let files = 0
  const property = fc.property(text, one => {
    files++
    try {
      configOfText(one, { name: 'tracker-links.yaml', env: {}, folder: '/', checks })
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error
      if (`${error.message}${JSON.stringify(error.faults)}`.includes(secret))
        throw new Error('a secret is told', { cause: error })
    }
  })
  const limits = {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1_000,
    markInterruptAsFailure: false,
  }
  const { failed, errorInstance, counterexamplePath, counterexample } = fc.check(property, {
    ...limits,
    ...(path !== undefined && { path }),
  })
  if (!failed) return { found: undefined, files }
  const what = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance)
  return { found: { what, seed, path: counterexamplePath ?? '', example: counterexample?.[0] ?? '' }, files }
}
