import t from 'tap'
import { fillTemplate, keyEncodings } from '../../src/application-calls/fill-template.ts'

t.test('a template is filled in each of the ways that the contract leaves open', async t => {
  const template = 'http://h/o/{{remoteKey}}?i={{issueKey}}&r={{remoteKey}}'
  const filled = keyEncodings.map(encoding => [
    encoding,
    fillTemplate(template, { remoteKey: 'a/b c+%я', issueKey: 'T-1' }, encoding),
  ])
  t.same(Object.fromEntries(filled), {
    percent: 'http://h/o/a%2Fb%20c%2B%25%D1%8F?i=T-1&r=a%2Fb%20c%2B%25%D1%8F',
    'lower-hex': 'http://h/o/a%2fb%20c%2b%25%d1%8f?i=T-1&r=a%2fb%20c%2b%25%d1%8f',
    'raw-slashes': 'http://h/o/a/b%20c%2B%25%D1%8F?i=T-1&r=a/b%20c%2B%25%D1%8F',
    form: 'http://h/o/a%2Fb%20c%2B%25%D1%8F?i=T-1&r=a%2Fb+c%2B%25%D1%8F',
    double: 'http://h/o/a%252Fb%2520c%252B%2525%25D1%258F?i=T-1&r=a%252Fb%2520c%252B%2525%25D1%258F',
    raw: 'http://h/o/a/b%20c+%25%D1%8F?i=T-1&r=a/b%20c+%25%D1%8F',
  })
  t.equal(
    fillTemplate('http://h/{{remoteKey}}', { remoteKey: '$&{{issueKey}}' }, 'raw'),
    'http://h/$&%7B%7BissueKey%7D%7D',
  )
})
