import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { freePort, untilAnswered } from '../../../test/support/start-program.ts'
import { objects, token } from './correct-server.ts'
import { tryKit } from './try-kit.ts'

const examples = join(import.meta.dirname, '../../../examples/other-languages')

const languages = {
  Python: (port: number) => ({
    command: 'python3',
    words: [join(examples, 'application.py')],
    env: { PORT: String(port) },
  }),
  PHP: (port: number) => ({
    command: 'php',
    words: ['-S', `127.0.0.1:${port}`, join(examples, 'application.php')],
    env: { PHP_CLI_SERVER_WORKERS: '8' },
  }),
}

/** Correct applications that were not written for the kit, in other languages: nothing is wrong with them. */
export async function tryForeign(folder: string, tell: (isRight: boolean, text: string) => void): Promise<void> {
  for (const [language, start] of Object.entries(languages)) {
    const port = await freePort()
    const { command, words, env } = start(port)
    // A process group of its own: PHP's server has workers.
    const child = spawn(command, words, {
      env: { ...process.env, ...env, TOKEN: token, DATABASE: join(folder, `${language}.db`) },
      detached: true,
      stdio: 'ignore',
    })
    const missing = new Promise<string>(resolve => child.once('error', ({ message }) => resolve(message)))
    const url = `http://127.0.0.1:${port}`
    const isUp = () =>
      fetch(`${url}/objects/${objects[0]}`).then(
        ({ status }) => status === 401,
        () => false,
      )
    const started = untilAnswered(child, isUp, { what: language }).then(() => undefined)
    const why = await Promise.race([missing, started])
    if (why !== undefined) {
      tell(false, `${language}: ${why}. Install python3, php-cli and php-sqlite3.`)
      continue
    }
    try {
      const { results, left, milliseconds, calls } = await tryKit({ url }, { folder, says: { defaultIcon: 'none' } })
      const wrong = results
        .filter(({ outcome }) => outcome === 'fail' || outcome === 'warn')
        .map(({ check }) => check.id)
      const passed = results.filter(({ outcome }) => outcome === 'pass').length
      tell(
        wrong.length === 0 && left.length === 0,
        `${language}: ${wrong.join(', ') || 'all green'} (${passed} passed, ${calls} calls, ${milliseconds} ms)`,
      )
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid)
    }
  }
}
