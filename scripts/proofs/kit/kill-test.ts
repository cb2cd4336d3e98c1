import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { PlainReport } from '../../../src/checks/kit/report/plain-report.ts'
import { until } from '../../../test/support/until.ts'
import { type Behaviour, objects, playApplication, refuse, token } from './correct-server.ts'

const program = join(import.meta.dirname, '../../../bin/tracker-links.js')

function startCheck(url: string, state: string, ...more: string[]): ChildProcess {
  const words = ['check', url, '--json', ...objects.flatMap(key => ['--object', key]), ...more]
  return spawn(process.execPath, [program, ...words], {
    env: { ...process.env, CHECK_TOKEN: token, XDG_STATE_HOME: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function reportOf(child: ChildProcess): Promise<PlainReport> {
  if (!child.stdout) throw new Error('its output is not a pipe')
  return JSON.parse(await text(child.stdout)) as PlainReport
}

/** Kills of a run at moments that its calls choose, and what the next run makes of what they left. */
export async function tryKills(
  folder: string,
  random: () => number,
  tell: (isRight: boolean, text: string) => void,
): Promise<void> {
  let killAt = Infinity
  let running: ChildProcess | undefined
  let calls = 0
  let refusesRemovals = false
  const played = await playApplication(correct => ({
    first: call => {
      calls++
      if (calls === killAt) running?.kill('SIGKILL')
      return correct.first(call)
    },
    remove(this: Behaviour, call, link) {
      if (refusesRemovals) refuse(call, 500)
      else correct.remove.call(this, call, link)
    },
  }))
  for (let kill = 1; kill <= 10; kill++) {
    calls = 0
    killAt = 1 + Math.floor(random() * 250)
    running = startCheck(played.url, folder)
    await once(running, 'close')
    const [left, killedAt] = [played.links.size, calls]
    killAt = Infinity
    const report = await reportOf(startCheck(played.url, folder, '--only', 'card-found'))
    const isClean = played.links.size === 0 && report.left.length === 0
    tell(isClean, `killed at call ${killedAt}: it left ${left} links, the next run ${played.links.size}`)
  }

  // The control: an application that removes nothing. What is left is named, each link of it.
  calls = 0
  killAt = Infinity
  refusesRemovals = true
  const report = await reportOf(startCheck(played.url, folder, '--only', 'create'))
  const named = new Set(report.left.map(({ issueKey, remoteKey }) => JSON.stringify([issueKey, remoteKey])))
  tell(
    played.links.size > 0 && [...played.links].every(link => named.has(link)),
    `an application that removes nothing: ${played.links.size} links are left, ${named.size} are named`,
  )
  refusesRemovals = false

  calls = 0
  running = startCheck(played.url, folder)
  await until(() => calls >= 100)
  running.kill('SIGINT')
  const [ended] = await Promise.all([reportOf(running), once(running, 'close')])
  tell(
    running.exitCode === 3 && played.links.size === 0 && ended.counts['not run'] > 0,
    `ended by Ctrl-C: exit code ${running.exitCode}, ${played.links.size} links left, ${ended.counts['not run']} not run`,
  )
  await played.close()
}
