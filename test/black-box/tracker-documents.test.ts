// Every request that Tracker's own page "Setting up an external application" gives as an example, over real HTTP,
// printed as a person would see it. The addresses are the default ones, and those of the documents, set as templates.
import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { startServer, type TestServer } from './start-server.ts'

const tokenOf = (id: string) => `canary-${id}-7Qm2xK9vT4bN8sW3yF6hJ1dL`
const application = (id: string, endpoints: string) => `
  - id: ${id}
    name: My application
    frontUrl: https://my-app.example/object/{{remoteKey}}/
    defaultIconUrl: https://my-app.example/icon.svg
    responsible: owner@my-app.example
    authorization: { kind: token, tokens: [${tokenOf(id)}] }
${endpoints}`
const config = `
publicUrl: https://my-app.example
applications:${application('standard', '')}${application(
  'documented',
  `    endpoints:
      entityInfo: /{{remoteKey}}/info
      createLink: /create
      removeLink: /links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}`,
)}`

const card = {
  key: '1234',
  summary: 'Deploy service to production',
  iconUrl: 'https://my-app.example/static/icon-open.svg',
  status: { name: 'Closed', description: 'Rolled out' },
  resolution: { name: 'Fixed', description: 'Finished without rollback' },
  assignee: { trackerUid: 8000000000000001, passportUid: 1130000000000001, login: 'user1' },
  updated: '2024-05-02T10:11:12.345+0000',
  deadline: '2024-06-01T00:00:00.000+0000',
}

t.test("the documents' requests are answered as the documents say", async t => {
  const server = await startServer(t, { config })
  for (const id of ['standard', 'documented']) {
    const imported = await importObjects(server, id, [card, { key: '5678', summary: 'Another' }])
    t.equal(imported.code, 0, imported.stderr)
  }

  t.test('information about a linked object', async t => {
    for (const address of ['/standard/objects/1234', '/1234/info']) {
      const answer = await call(t, server, 'GET', address)
      t.equal(answer.status, 200)
      t.match(answer.headers.get('content-type'), /^application\/json/)
      t.strictSame(answer.json, card, "exactly Tracker's fields")
    }
    t.equal((await call(t, server, 'GET', '/4321/info')).status, 404)
  })

  t.test('a link is created, and created again', async t => {
    for (const address of ['/standard/links', '/create']) {
      const body = { issueKey: 'TEST-123', entityIds: ['1234', '5678'] }
      t.equal((await call(t, server, 'POST', address, body)).status, 201)
      t.equal((await call(t, server, 'POST', address, body)).status, 200)
    }
    t.equal((await links(server, 'standard')).length, 2)
    t.equal((await links(server, 'documented')).length, 2)
  })

  t.test('a link is removed, and removed again', async t => {
    for (const address of [
      '/links/?action=del&ticket=TEST-123&obj=1234',
      '/standard/links?issueKey=TEST-123&remoteKey=1234',
      '/standard/links/TEST-123/5678',
    ]) {
      t.equal((await call(t, server, 'DELETE', address)).status, 204)
      t.equal((await call(t, server, 'DELETE', address)).status, 204)
    }
    t.match(await links(server, 'documented'), [/"TEST-123".*"5678"/])
    t.same(await links(server, 'standard'), [])
  })

  t.test('without the token, or with another, nothing is answered', async t => {
    for (const headers of [{}, { authorization: 'OAuth canary-other' }]) {
      for (const [method, address] of [
        ['GET', '/1234/info'],
        ['POST', '/create'],
        ['DELETE', '/links/?action=del&ticket=TEST-123&obj=5678'],
      ] as const) {
        const answer = await call(t, server, method, address, undefined, headers)
        t.equal(answer.status, 401)
        t.ok(answer.headers.get('www-authenticate'))
      }
    }
    t.equal((await links(server, 'documented')).length, 1)
  })
})

async function call(
  t: Test,
  server: TestServer,
  method: string,
  address: string,
  body?: unknown,
  headers: Record<string, string> = {
    authorization: `OAuth ${tokenOf(address.startsWith('/standard/') ? 'standard' : 'documented')}`,
  },
) {
  const answer = await fetch(server.url + address, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  t.comment(`${method} ${address} ${body === undefined ? '' : JSON.stringify(body)}\n  -> ${answer.status} ${text}`)
  return { status: answer.status, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) }
}

async function importObjects(server: TestServer, id: string, objects: unknown[]) {
  await writeFile(`${server.directory}/objects.json`, JSON.stringify(objects))
  return server.command('objects', 'import', 'objects.json', '--application', id)
}

async function links(server: TestServer, id: string): Promise<unknown[]> {
  const { stdout, stderr, code } = await server.command('links', 'export', '--application', id)
  if (code !== 0) throw new Error(stderr)
  return stdout.split('\n').filter(Boolean)
}
