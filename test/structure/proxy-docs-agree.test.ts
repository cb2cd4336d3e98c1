// The proxies' configurations, as far as they can be read without the proxies; `npm run test:rolling` runs them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { documentedHaproxy, documentedNginx } from '../../scripts/proofs/rolling/documented.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
const replicas = ['127.0.0.1:1001', '127.0.0.1:1002', '127.0.0.1:1003']
const lines = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found)

t.test(
  'the documented nginx never takes a replica for dead, repeats a POST, and reuses no connection too long',
  async t => {
    const config = documentedNginx(8080, replicas, '/tmp')
    t.same(lines(config, /^ *server (\S+) max_fails=0;$/gm), replicas)
    t.match(config, /proxy_next_upstream error timeout non_idempotent;/)
    t.match(config, /listen 127\.0\.0\.1:8080;/)
    t.notMatch(config, /ssl/)
    const kept = Number(/keepAliveTimeout: ([\d_]+)/.exec(read('src/app.ts'))?.[1]?.replaceAll('_', ''))
    t.ok(Number(/^ *keepalive_timeout (\d+)s;/m.exec(config)?.[1]) * 1_000 < kept)
  },
)

t.test(
  'the documented HAProxy asks for the health of each replica, and has each once more if none is ready',
  async t => {
    const config = documentedHaproxy(8080, replicas)
    t.same(lines(config, /^ *server links-\d (\S+) check$/gm), replicas)
    t.same(lines(config, /^ *server links-\d-unready (\S+) backup$/gm), replicas)
    t.match(config, /httpchk GET \/health\n/)
    t.notMatch(config, /shutdown-sessions/)
  },
)

t.test('the Caddy of Compose is pinned to a version that can send a body again', async t => {
  const { image } = parse(read('docker-compose.yml')).services.proxy as { image: string }
  const version = /^caddy:(\d+\.\d+\.\d+)$/.exec(image)?.[1] ?? ''
  t.ok(version.localeCompare('2.11.1', 'en', { numeric: true }) > 0, image)
})
