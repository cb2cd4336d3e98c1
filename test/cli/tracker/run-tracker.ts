import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run as runCommand } from '../../../src/cli/main.ts'

/** A configuration with the application `crm`, and the organization `main` whose Tracker is at `url`. */
export const configFor = (url: string, more = '') => `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: token, tokens: [canary-crm-7Qm2xK9vT4bN8sW3yF6hJ1dL] }
organizations:
  main: { kind: yandex360, id: "7", token: canary-tracker, url: "${url}", rate: { search: 1000, other: 1000 } }
${more}`

/** Commands in a folder of the test's own, with the given files. */
export function trackerLine(t: Test, files: Record<string, string>) {
  const directory = t.testdir(files)
  return {
    directory,
    write: (name: string, content: string) => writeFileSync(join(directory, name), content),
    async run(...argv: string[]) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()]
      const printed = Promise.all([text(stdout), text(stderr)])
      const context = { env: {}, directory, stdin: Readable.from([]), stdout, stderr, isTerminal: false }
      const code = await runCommand(argv, context)
      stdout.end()
      stderr.end()
      const [out, told] = await printed
      t.notOk(`${out}${told}`.includes('canary-'), 'no secret is shown')
      return { code, out, told }
    },
  }
}
