import Fastify from 'fastify'
import t from 'tap'
import { layout } from '../../src/web/layout.ts'
import { contentSecurityPolicy, sendHtml } from '../../src/web/page-headers.ts'

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

t.test('no cache keeps a page', async t => {
  const app = Fastify()
  app.get('/', (_request, reply) => sendHtml(reply, '<p>now</p>'))
  const { headers, body } = await app.inject('/')
  t.match(headers, { 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' })
  t.equal(body, '<p>now</p>')
})
