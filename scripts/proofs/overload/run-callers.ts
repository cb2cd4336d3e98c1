import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { CallerJob, CallerResult } from './caller-job.ts'

/** Runs callers in a process of their own, so that they do not take the time of what they measure. */
export async function runCallers(job: CallerJob): Promise<CallerResult> {
  const program = join(import.meta.dirname, 'caller-program.ts')
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(await text(child.stdout)) as CallerResult
}

/** Starts the program that only refuses. */
export async function startRefusing(): Promise<{ port: number; stop: () => void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'refusing-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { port: Number(line), stop: () => child.kill() }
}

/** The tokens of the two applications of the proof. */
export const tokens = { crm: 'k7Qw9ZrT3vXb5NmL8pYs2HdF6gJcA1Ue', erp: 'm4Rt8XsV6wYc2PnK9qZu3JeG7hLdB5Ai' } as const
export type ApplicationId = keyof typeof tokens

const head = (line: string, token: string) => `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: OAuth ${token}\r\n`

export const card = (application: ApplicationId, token: string = tokens[application]) =>
  `${head(`GET /${application}/objects/D-1`, token)}\r\n`

export const unknownAddress = 'GET /nothing/here HTTP/1.1\r\nHost: localhost\r\n\r\n'
export const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** Each creation makes new links to so many objects: `{n}` is the number of the call, in ten digits. */
export function creation(application: ApplicationId, objects = 1): string {
  const keys = Array.from({ length: objects }, (_, n) => `"D-${n + 1}"`)
  const body = `{"issueKey":"TEST-{n}","entityIds":[${keys.join()}]}`
  const length = body.length - '{n}'.length + 10
  const about = `Content-Type: application/json\r\nContent-Length: ${length}\r\n`
  return `${head(`POST /${application}/links`, tokens[application])}${about}\r\n${body}`
}
