import type { ChildProcess } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stopProgram } from '../../../test/support/start-program.ts'
import { trackerAt } from '../both-sides/played-tracker.ts'
import { startSandbox } from '../both-sides/programs.ts'

type Place = { folder: string; port: number; linkServer: string; configOf: (id: string) => object }
type MadeCall = { state: string; status?: number }

/** People and programs at a sandbox, which has the issues up to TEST-7. */
export async function openTracker({ folder, port, linkServer, configOf }: Place) {
  const url = `http://127.0.0.1:${port}`
  const { ask, move } = trackerAt(url)
  await mkdir(folder)
  let sandbox: ChildProcess | undefined
  let registered = ''
  const made = async () => (await ask('GET', '/sandbox/calls')) as MadeCall[]
  let calls = 0
  const lastAnswer = async () => {
    const [last, ...others] = await made()
    calls = last ? others.length + 1 : 0
    return `${last?.status ?? last?.state ?? 'no call'}`
  }
  const close = async () => {
    if (sandbox) await stopProgram(sandbox)
  }
  /** A Tracker that knows this application only. */
  const register = async (id: string) => {
    await close()
    registered = id
    await writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(configOf(id)))
    sandbox = await startSandbox(folder, linkServer, port)
    await ask('POST', '/sandbox/issues', [{ queue: 'TEST' }, { queue: 'TEST' }])
  }
  await register('crm')
  return {
    ask,
    move,
    register,
    close,
    /** A person adds a link on the page of an issue: Tracker calls the application. Returns how that was answered. */
    async link(issue: string, key: string): Promise<string> {
      const body = new URLSearchParams({ application: registered, key })
      await (await fetch(`${url}/issues/${issue}/links`, { method: 'POST', body, redirect: 'manual' })).text()
      return await lastAnswer()
    },
    /** A person opens the page of an issue: Tracker asks for the cards. Returns how the last call was answered. */
    async open(issue: string): Promise<string> {
      await (await fetch(`${url}/issues/${issue}`)).text()
      return await lastAnswer()
    },
    /** Calls that it has made. */
    calls: () => calls,
  }
}
