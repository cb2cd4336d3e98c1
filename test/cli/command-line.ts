import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run as runCommand } from '../../src/cli/main.ts'
import type { Actor } from '../../src/links/actor.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import type { IssueKey } from '../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { type StoredLinks, type StoredObjects, storedLinks, storedObjects } from '../support/stored.ts'
import { testDatabase } from '../support/test-database.ts'

/** What a command left: its exit code, standard output, standard error. */
export type Outcome = { code: number; out: string; told: string }

export type CommandLine = {
  /** Runs a command in this process. */
  run: (argv: string[], more?: { stdin?: string | Buffer; isTerminal?: boolean }) => Promise<Outcome>
  /** Runs a command and reads what it printed; it must have done its work. */
  json: (...argv: string[]) => Promise<Record<string, unknown>>
  /** Starts the program itself. */
  spawn: (...argv: string[]) => ChildProcess
  write: (name: string, content: string | Buffer) => void
  directory: string
  env: NodeJS.ProcessEnv
  prisma: PrismaClient
  links: StoredLinks
  /** Links an issue to objects of `demo`, as Tracker does if no actor is given. */
  link: (issue: string, keys: readonly string[], actor?: Actor) => Promise<unknown>
  objects: StoredObjects
}

/** The commands over a database and in a folder of the test's own; the sample application `demo` unless a file is written. */
export async function commandLine(t: Test): Promise<CommandLine> {
  const { prisma, url } = await testDatabase(t)
  const links = storedLinks(prisma)
  const directory = t.testdir({})
  const env = { ...process.env, DATABASE_URL: url }
  const run: CommandLine['run'] = async (argv, { stdin = '', isTerminal = false } = {}) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    if (isTerminal) Object.assign(stderr, { isTTY: true, columns: 80 })
    const printed = Promise.all([text(stdout), text(stderr)])
    const context = { env, directory, stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, isTerminal }
    const code = await runCommand(argv, context)
    stdout.end()
    stderr.end()
    const [out, told] = await printed
    // Every command that opens the database names it, and says that the sample is meant; find-database/ tests that.
    return { code, out, told: told.replace(/^database: .*\n(configuration: none .*\n)?/m, '') }
  }
  return {
    run,
    async json(...argv) {
      const { code, out, told } = await run([...argv, '--json'])
      t.equal(code, 0, `${argv.join(' ')} ${told}`)
      return JSON.parse(out)
    },
    spawn: (...argv) => {
      const program = join(import.meta.dirname, '../../bin/tracker-links.js')
      const child = spawn(process.execPath, [program, ...argv], { cwd: directory, env })
      t.teardown(() => child.kill('SIGKILL'))
      return child
    },
    write: (name, content) => writeFileSync(join(directory, name), content),
    directory,
    env,
    prisma,
    links,
    link: (issue, keys, actor = { kind: 'tracker' }) =>
      links.change({
        kind: 'create',
        applicationId: 'demo',
        links: keys.map(key => ({ issueKey: issue as IssueKey, remoteKey: key as RemoteKey })),
        actor,
      }),
    objects: storedObjects(prisma),
  }
}

/** Two applications: `crm` takes links to any object, `tests` only to those that it has. */
export const twoApplications = `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: token, tokens: [canary-crm-7Qm2xK9vT4bN8sW3yF6hJ1dL] }
    endpoints: { entityInfo: '/cards?object={{remoteKey}}' }
  - id: tests
    name: Tests
    frontUrl: https://tests.example.com/{{remoteKey}}
    defaultIconUrl: https://tests.example.com/icon.svg
    responsible: tests@example.com
    authorization: { kind: token, tokens: [canary-tests-pZ5rG8wC2kY7uM4tB9xE3vQ6] }
    unknownObjects: reject
`

/** Whether an output holds characters that steer a terminal or reorder what is seen. */
export const steersTerminal = (output: string) => /[\p{Cc}\p{Bidi_Control}]/u.test(output.replaceAll('\n', ''))
