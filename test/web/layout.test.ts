import Fastify from 'fastify'
import t from 'tap'
import { assets } from '../../src/web/assets.ts'
import { layout } from '../../src/web/layout.ts'
import { dayOf, milliseconds, momentOf, timeOf } from '../../src/web/moments.ts'
import { noticeLine } from '../../src/web/notice.ts'
import { contentSecurityPolicy, pageHeaders, sendHtml } from '../../src/web/page-headers.ts'
import { baseStyle } from '../../src/web/style.ts'

t.test('texts of a page are escaped, its content is not', async t => {
  const page = layout({
    site: 'A & B',
    title: '</title><script>',
    trail: [{ text: '<b>', address: '/"x' }, { text: 'here' }],
    content: '<p>inside</p>',
  })
  t.match(page, '<title>&#60;/title&#62;&#60;script&#62; · A &#38; B</title>')
  t.match(page, '<li><a href="/&#34;x">&#60;b&#62;</a></li><li aria-current="page">here</li>')
  t.match(page, '<p>inside</p>')
})

t.test('what a page does not name is forbidden', async t => {
  t.equal(
    contentSecurityPolicy({ 'style-src': "'self'" }),
    "default-src 'none'; form-action 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
})

t.test('other sites are not told the address of a page, nor may they guess what a file is', async t => {
  t.match(pageHeaders({}), { 'referrer-policy': 'same-origin', 'x-content-type-options': 'nosniff' })
})

t.test('a site has its own style after ours, and its script', async t => {
  const app = Fastify()
  await app.register(assets, { style: 'p{margin:0}', script: 'let own' })
  t.equal((await app.inject('/assets/page.css')).body, `${baseStyle}p{margin:0}`)
  t.equal((await app.inject('/assets/page.js')).body, 'let own')
})

t.test('a notice has the focus unless a field has it, and none is an empty one', async t => {
  const notice = { id: 1, level: 'refused', text: 'No <key>' } as const
  t.equal(
    noticeLine({ ...notice, next: 'notice' }),
    '<p id="notice" class="notice refused" role="status" tabindex="-1" autofocus>No &#60;key&#62;</p>',
  )
  t.equal(
    noticeLine({ ...notice, next: 'key' }),
    '<p id="notice" class="notice refused" role="status" >No &#60;key&#62;</p>',
  )
  t.equal(noticeLine(undefined), '<p id="notice" class="notice" role="status"></p>')
})

t.test('moments are told in UTC, and with them what a program can read', async t => {
  const date = new Date('2027-01-02T23:04:05Z')
  t.equal(timeOf(date), '<time datetime="2027-01-02T23:04:05.000Z">23:04:05</time>')
  t.equal(momentOf(date), '<time datetime="2027-01-02T23:04:05.000Z">2 Jan 2027, 23:04:05</time>')
  t.equal(
    dayOf('2027-01-03T01:00+03:00'),
    '<time datetime="2027-01-02T22:00:00.000Z" title="2027-01-03T01:00+03:00">2 Jan 2027</time>',
  )
  t.equal(dayOf('<soon>'), '<span>&#60;soon&#62;</span>')
  t.same([0.04, 9.96, 10, 9_999, 12_345].map(milliseconds), ['0.0 ms', '10.0 ms', '10 ms', '9999 ms', '12.3 s'])
})

t.test('no cache keeps a page', async t => {
  const app = Fastify()
  app.get('/', (_request, reply) => sendHtml(reply, '<p>now</p>'))
  const { headers, body } = await app.inject('/')
  t.match(headers, { 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' })
  t.equal(body, '<p>now</p>')
})
