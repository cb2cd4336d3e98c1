// Runs README.md: every command in it, in order, as a reader would type them, against a server in an empty folder.
import { execFile } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { startServer, type TestServer } from './start-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Run by the project's own check on a clean checkout, not here: installing within a test would test the registry. */
const checkedElsewhere = /^(git clone |npm ci && npm test$)/

t.test('every command of the README works, in its order', async t => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  t.ok(readme.split('\n').length < 120, 'it is short')
  const server = await startServer(t, { env: { NODE_ENV: '' } })
  const variables: Record<string, string> = {}
  await symlink(join(root, 'tracker-links'), join(server.directory, 'tracker-links'))
  let commands = 0
  for (const [, language, text] of readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm) as Iterable<
    [string, string, string]
  >) {
    if (language === 'yaml') await writeFile(join(server.directory, 'tracker-links.yaml'), text)
    if (language !== 'sh') continue
    for (const line of text.split('\n').filter(Boolean)) {
      if (checkedElsewhere.test(line)) continue
      commands++
      if (line.endsWith('npm start')) {
        await server.stop()
        await server.start(variables)
        t.pass(line)
      } else {
        const { code, stdout, stderr } = await shell(
          line.replaceAll('localhost:8080', `127.0.0.1:${server.port}`),
          server,
          variables,
        )
        t.equal(code, 0, `${line}\n${stdout}${stderr}`)
        t.notMatch(stdout, /"code":/, 'no answer is an error')
      }
    }
  }
  const printed = server
    .output()
    .split('"stopped"')
    .map(text => /is played here/.test(text))
  t.same([printed[0], printed.at(-1)], [true, false], 'with a configuration no sandbox starts')
  t.ok(commands >= 10, `${commands} commands were run`)
  const { stdout } = await server.command('links', 'export', '--application', 'ru.example.crm')
  t.equal(stdout, '')
})

/** Runs one line in the server's folder; a token that it exports is kept for the following lines. */
async function shell(line: string, server: TestServer, variables: Record<string, string>) {
  const run = promisify(execFile)
  const script = `set -e\n${line}\nprintf %s "$CRM_TOKEN" > .token`
  const env = { ...process.env, ...server.env, ...variables }
  const done = await run('sh', ['-c', script], { cwd: server.directory, env }).then(
    output => ({ code: 0, ...output }),
    (error: { code?: number; stdout: string; stderr: string }) => ({ ...error, code: error.code ?? 1 }),
  )
  const token = await readFile(join(server.directory, '.token'), 'utf8')
  if (token !== '') variables.CRM_TOKEN = token
  return done
}
