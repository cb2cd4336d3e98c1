import * as fc from 'fast-check'
import type { FuzzServer } from './fuzz-server.ts'
import { canary, judgeAnswer } from './judge-answer.ts'
import { conversation, type FuzzRequest, type Port } from './request-arbitraries.ts'
import { send } from './send.ts'
import { tameCalls } from './tame-calls.ts'

export type Limits = { seed: number; seconds: number; path?: string | undefined }

/** What a run found: the smallest case that breaks a promise, and how to repeat it; undefined if none does. */
export type Found = { what: string; seed: number; path: string; example: string }

type Case = { port: Port; requests: readonly FuzzRequest[]; pieceBytes: number }

/** Sends generated requests until the time is over or one of them breaks a promise, which is then made as small as it goes. */
export async function fuzzRequests(server: FuzzServer, { seed, seconds, path }: Limits) {
  const counts = { connections: 0, answers: new Map<number, number>() }
  const tame = tameCalls(server)
  const property = fc.asyncProperty(fc.array(conversation, { minLength: 1, maxLength: 6 }), async cases => {
    const faults = await Promise.all([...cases.map(one => judgeCase(server, one, counts)), tame.turn()])
    const fault = faults.find(one => one !== undefined) ?? judgeLog(server)
    if (fault !== undefined) throw new Error(fault)
  })
  const ended = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1_000,
    markInterruptAsFailure: false,
    ...(path !== undefined && { path }),
  })
  const found: Found | undefined = ended.failed
    ? {
        what: ended.errorInstance instanceof Error ? ended.errorInstance.message : String(ended.errorInstance),
        seed: ended.seed,
        path: ended.counterexamplePath ?? '',
        example: (ended.counterexample?.[0] ?? []).map(shown).join('\n'),
      }
    : undefined
  return { found, counts, lost: await tame.lost(), acknowledged: tame.acknowledged() }
}

async function judgeCase(server: FuzzServer, { port, requests, pieceBytes }: Case, counts: Counts) {
  const bytes = withCredentials(Buffer.concat(requests.map(({ bytes }) => bytes)), server.credentials)
  const methods = requests.map(({ method }) => method)
  const due = requests.filter(({ isWhole }) => isWhole).length
  const { answers, fault } = await send(server.ports[port], { bytes, methods, due, pieceBytes })
  counts.connections++
  for (const { status } of answers) counts.answers.set(status, (counts.answers.get(status) ?? 0) + 1)
  return fault ?? answers.map((answer, index) => judgeAnswer(answer, methods[index])).find(one => one !== undefined)
}

type Counts = { connections: number; answers: Map<number, number> }

function withCredentials(bytes: Buffer, { token, admin }: FuzzServer['credentials']): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('{token}', token).replaceAll('{admin}', admin), 'latin1')
}

/** What the records of the last calls tell that they should not. */
function judgeLog({ takeLog, credentials }: FuzzServer): string | undefined {
  for (const line of takeLog()) {
    const { level, stack, err } = JSON.parse(line) as { level: string; stack?: string; err?: { stack?: string } }
    if (level === 'error' || level === 'fatal') return `the log tells of a failure: ${line.slice(0, 500)}`
    if (line.includes(canary) || line.includes(credentials.admin)) return 'a token in the log'
    if ((stack ?? err?.stack ?? line).includes(process.cwd())) return `a path in the log: ${line.slice(0, 300)}`
  }
  return undefined
}

const shown = ({ port, requests, pieceBytes }: Case) =>
  `${port} port, in pieces of ${pieceBytes} bytes:\n${requests.map(({ bytes }) => `  ${JSON.stringify(bytes.toString('latin1').slice(0, 600))}`).join('\n')}`
