import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../../../test/support/until.ts'
import { type Behaviour, objects, playApplication, refuse } from './correct-server.ts'
import { ended, startCheck } from './run-check.ts'

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
  const start = (...more: string[]) =>
    startCheck(['check', played.url, '--json', ...objects.flatMap(key => ['--object', key]), ...more], {
      state: folder,
    })
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
    running = start()
    await once(running, 'close')
    const [left, killedAt] = [played.links.size, calls]
    killAt = Infinity
    const { report } = await ended(start('--only', 'card-found'))
    const isClean = played.links.size === 0 && report?.left.length === 0
    tell(isClean, `killed at call ${killedAt}: it left ${left} links, the next run ${played.links.size}`)
  }

  // The control: an application that removes nothing. What is left is named, each link of it.
  calls = 0
  killAt = Infinity
  refusesRemovals = true
  const { report } = await ended(start('--only', 'create'))
  const named = new Set(report?.left.map(({ issueKey, remoteKey }) => JSON.stringify([issueKey, remoteKey])))
  tell(
    played.links.size > 0 && [...played.links].every(link => named.has(link)),
    `an application that removes nothing: ${played.links.size} links are left, ${named.size} are named`,
  )
  refusesRemovals = false

  calls = 0
  running = start()
  await until(() => calls >= 100)
  running.kill('SIGINT')
  const { code, report: rest } = await ended(running)
  tell(
    code === 3 && played.links.size === 0 && (rest?.counts['not run'] ?? 0) > 0,
    `ended by Ctrl-C: exit code ${code}, ${played.links.size} links left, ${rest?.counts['not run']} not run`,
  )
  await played.close()
}
