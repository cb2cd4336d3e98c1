// Every fault of a configuration is told in one pass, and each once: with the checks that commands run.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigFaults } from '../../src/config/config-faults.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { checkSources } from '../../src/linked-objects/sources/check-sources.ts'
import { buildAddressBook } from '../../src/tracker-calls/addresses/address-book.ts'
import { program } from '../support/start-program.ts'

type Json = { [name: string]: Json } | Json[] | string | number

const common = { frontUrl: 'https://crm.example.com/{{remoteKey}}', responsible: 'me', authorization: { kind: 'none' } }
const mapping = { summary: 'title', status: 'state' }
/** Without a fault. Written as JSON, which is YAML. */
const whole: Json = {
  publicUrl: 'https://links.example.com',
  applications: [
    {
      ...common,
      id: 'web',
      name: 'Web',
      endpoints: { entityInfo: '/w/{{remoteKey}}', createLink: '/w', removeLink: '/w/{{issueKey}}/{{remoteKey}}' },
      objects: {
        source: 'http',
        url: 'http://10.0.0.1/api/{{one}}/{{two}}',
        keyPattern: '(?<one>[a-z]+)-(?<two>[0-9]+)',
        privateHosts: ['10.0.0.1'],
        method: 'POST',
        headers: { 'X-Key': 'canary' },
        body: '{"key":"{{one}}"}',
        mapping,
        states: { open: { name: 'Open' } },
        people: { table: { ann: { login: 'ann' } } },
      },
      cards: { maxAgeSeconds: 5 },
    },
    {
      ...common,
      id: 'sql',
      name: 'SQL',
      path: 'data',
      objects: {
        source: 'sql',
        databaseUrl: 'postgresql://a:b@c/d',
        query: 'SELECT {{id}}',
        keyPattern: '(?<id>[0-9]+)',
        mapping,
      },
      authorization: {
        kind: 'user',
        verifier: { kind: 'trackerMyself', organization: { kind: 'cloud', id: 'b1' } },
        allow: { logins: ['robot'] },
      },
    },
    { ...common, id: 'module', name: 'Module', objects: { source: 'module', file: 'module.mjs' } },
    { ...common, id: 'store', name: 'Store', unknownObjects: 'reject', objects: { source: 'store' } },
  ],
}

function fieldsOf(directory: string, file: Json): string[] {
  writeFileSync(join(directory, 'f.yaml'), JSON.stringify(file))
  const checks = [(all: Parameters<typeof checkSources>[0]) => buildAddressBook(all).faults, checkSources]
  try {
    loadConfig({ file: 'f.yaml', settings: readSettings({}), env: {}, directory, checks })
    return []
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error
    return error.faults.map(({ field }) => field)
  }
}

type Place = (string | number)[]

const placesIn = (value: Json, at: Place = []): Place[] =>
  typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([name, inside]) => {
        const place = [...at, Array.isArray(value) ? Number(name) : name]
        return [place, ...placesIn(inside, place)]
      })

/** A copy with another value at a place, or under another name. */
function changed(place: Place, change: { value: Json } | { name: string }): Json {
  // Without what it shares.
  const copy: Json = JSON.parse(JSON.stringify(whole))
  let block: Json = copy
  for (const part of place.slice(0, -1)) block = (block as Record<string, Json>)[part] as Json
  const [name, entries] = [String(place.at(-1)), block as Record<string, Json>]
  if ('value' in change) entries[name] = change.value
  else {
    entries[change.name] = entries[name] as Json
    delete entries[name]
  }
  return copy
}

t.test('one wrong value or one misspelt key is one fault, wherever it is: nothing is told because of it', async t => {
  const directory = t.testdir({ 'module.mjs': '' })
  t.same(fieldsOf(directory, whole), [])
  for (const place of placesIn(whole)) {
    t.ok(fieldsOf(directory, changed(place, { value: [[]] })).length <= 1, `a wrong value at ${place.join('.')}`)
    const name = place.at(-1)
    // A name of the owner's own may be any.
    if (typeof name === 'number') continue
    const told = fieldsOf(directory, changed(place, { name: `${name}x` }))
    t.ok(told.length <= 1, `a misspelt ${place.join('.')}: ${told.join()}`)
  }
})

t.test('faults of every kind are told together, those of the settings included', async t => {
  const file = {
    publicUrl: 'https://links.example.com/path',
    applications: [
      {
        ...common,
        id: 'web',
        name: 'Web',
        frontUrl: 'https://crm.example.com',
        endpoints: { entityInfo: '/w', createLink: 'w' },
        objects: { source: 'http', url: 'https://x.example/{{no}}', mapping: { summary: '((' }, people: { asIs: 1 } },
        cards: { maxAgeSeconds: -1 },
      },
      { ...common, id: 'sql', name: 5, objects: { source: 'sql', databaseUrl: 'no', query: 'SELECT 1', mapping } },
      // Its creation has the address of the second.
      {
        ...common,
        id: 'sql',
        name: 'Twice',
        endpoints: { createLink: '/{{no}}' },
        objects: { source: 'module', file: 'no' },
      },
    ],
  }
  const directory = t.testdir({ 'tracker-links.yaml': JSON.stringify(file) })
  const env = { ...process.env, PORT: 'x', LOG_LEVEL: 'y' }
  const { stderr } = spawnSync(process.execPath, [program, 'config', 'check'], {
    cwd: directory,
    env,
    encoding: 'utf8',
  })
  for (const field of [
    'PORT',
    'LOG_LEVEL',
    'publicUrl',
    'applications[0].frontUrl',
    'applications[0].endpoints.entityInfo',
    'applications[0].endpoints.createLink',
    'applications[0].objects.url',
    'applications[0].objects.mapping.summary',
    'applications[0].objects.people.asIs',
    'applications[0].cards.maxAgeSeconds',
    'applications[1].name',
    'applications[1].objects.databaseUrl',
    'applications[1].objects.query',
    'applications[2].id',
    'applications[2].endpoints.createLink',
    'applications[2].objects.file',
  ])
    t.match(stderr, new RegExp(`(^|  )${RegExp.escape(field)}$`, 'm'), field)
})
