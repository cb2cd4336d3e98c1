import t from 'tap'
import type { TrackerCall } from '../../../src/tracker-contract/tracker-call.ts'
import { fillUrlTemplate, parseUrlTemplate } from '../../../src/tracker-contract/url-template/url-template.ts'

function rulesOf(text: string, call: TrackerCall = 'entityInfo'): string[] {
  const template = parseUrlTemplate(text, call)
  return Array.isArray(template) ? template.map(({ rule }) => rule) : []
}

t.test('every form that Tracker documents is accepted', async t => {
  for (const [call, ...texts] of [
    [
      'entityInfo',
      '/crm/objects/{{remoteKey}}',
      '/{{remoteKey}}/info',
      '/card?id={{remoteKey}}',
      '/card?{{remoteKey}}',
    ],
    ['entityInfo', '/объекты/{{remoteKey}}', '/a%20b/{{remoteKey}}', '/a/{{remoteKey}}.json', '/{{remoteKey}}'],
    ['createLink', '/crm/links', '/links/', '/links?action=add', '/', '/?do=link'],
    ['removeLink', '/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}', '/{{remoteKey}}/of/{{issueKey}}/'],
    [
      'removeLink',
      '/links/{{issueKey}}?obj={{remoteKey}}',
      '/links?pair={{issueKey}}:{{remoteKey}}',
      '/{{issueKey}}-{{remoteKey}}',
    ],
  ] as [TrackerCall, ...string[]][])
    for (const text of texts) t.same(rulesOf(text, call), [], `${call} ${text}`)
})

t.test('a wrong template is told with the rule and the hint', async t => {
  for (const [text, rule] of [
    ['https://crm.example.com/{{remoteKey}}', /begin with one `\/`/],
    ['//crm.example.com/{{remoteKey}}', /begin with one `\/`/],
    ['crm/{{remoteKey}}', /begin with one `\/`/],
    ['/crm/{{ remoteKey }}', /braces/],
    ['/crm/{remoteKey}', /braces/],
    ['/crm/{{remotekey}}', /braces/],
    ['/crm/{{{remoteKey}}}', /braces/],
    ['/crm/{{suggestInput}}/{{remoteKey}}', /braces/],
    ['/crm/objects', /does not hold {{remoteKey}}/],
    ['/crm/{{remoteKey}}/{{remoteKey}}', /{{remoteKey}} more than once/],
    ['/crm/{{remoteKey}}/{{issueKey}}', /{{issueKey}}, which Tracker does not fill in/],
    ['/crm/{{remoteKey}}#top', /fragment/],
    ['/crm/../{{remoteKey}}', /path segment/],
    ['/crm/%2e%2E/{{remoteKey}}', /path segment/],
    ['/./{{remoteKey}}', /path segment/],
    ['/crm /{{remoteKey}}', /space/],
    ['/crm\t/{{remoteKey}}', /space/],
    ['/crm\\{{remoteKey}}', /space/],
    ['/\ud800/{{remoteKey}}', /space/],
    ['/100%/{{remoteKey}}', /escape/],
    ['/%C3/{{remoteKey}}', /escape/],
    ['/%D0{{remoteKey}}%96', /escape/],
    ['/health?id={{remoteKey}}', /health/],
    ['/he%61lth/?id={{remoteKey}}', /health/],
    ['/card?id={{remoteKey}}&i%64=1', /parameter twice/],
  ] as const) {
    const faults = parseUrlTemplate(text, 'entityInfo')
    t.match(faults, [{ field: '', rule, hint: /./ }], text)
    t.equal((faults as unknown[]).length, 1, 'and with nothing else')
  }
  t.match(rulesOf('/links/{{issueKey}}{{remoteKey}}', 'removeLink'), [/between two placeholders/])
  t.match(rulesOf('/links/{{remoteKey}}', 'removeLink'), [/does not hold {{issueKey}}/])
  t.match(rulesOf('/links/{{remoteKey}}', 'createLink'), [/{{remoteKey}}, which Tracker does not fill in/])
  t.match(rulesOf('/health/', 'createLink'), [/health/])
  t.match(rulesOf('/health/{{remoteKey}}'), [])
})

t.test('a misspelt placeholder is told with the right form', async t => {
  for (const text of ['/{{ remoteKey }}', '/{remoteKey}', '/{{remotekey}}'])
    t.match(parseUrlTemplate(text, 'entityInfo'), [{ hint: /{{remoteKey}} and {{issueKey}} exactly so/ }])
})

t.test('all faults of a template are told at once, and none repeats what may be a secret', async t => {
  const rules = rulesOf('http://x/../{{issueKey}}{{issueKey}}?token=canary-secret %#', 'removeLink')
  t.equal(rules.length, 8)
  t.notMatch(JSON.stringify(parseUrlTemplate('crm?token=canary-secret', 'createLink')), /canary/)
})

t.test('a template is filled in as Tracker would', async t => {
  const template = parseUrlTemplate('/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}', 'removeLink')
  if (Array.isArray(template)) throw new Error('the template has faults')
  const filled = fillUrlTemplate(template, { issueKey: 'TEST-123', remoteKey: '$& 1' }, encodeURIComponent)
  t.equal(filled, '/links/?action=del&ticket=TEST-123&obj=%24%26%201')
  t.equal(
    fillUrlTemplate(template, { issueKey: 'A-1', remoteKey: '$&' }, key => key),
    '/links/?action=del&ticket=A-1&obj=$&',
  )
})
