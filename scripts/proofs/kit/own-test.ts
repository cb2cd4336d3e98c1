import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startConfigured } from '../configured-server.ts'
import { objects, token } from './correct-server.ts'
import { runCheck } from './run-check.ts'

/** This project's own server with embedded PostgreSQL, tested by the command as its owner would. */
export async function tryOwn(folder: string, tell: (isRight: boolean, text: string) => void): Promise<void> {
  const home = await mkdtemp(join(folder, 'own-'))
  const server = await startConfigured(home, {
    publicUrl: 'https://links.example.com',
    applications: [
      {
        id: 'crm',
        name: 'CRM',
        frontUrl: 'https://crm.example.com/{{remoteKey}}',
        responsible: 'crm@example.com',
        authorization: { kind: 'token', tokens: [token] },
      },
    ],
  })
  try {
    const rows = objects.map(key => JSON.stringify({ key, summary: `Object ${key}`, status: { name: 'Open' } }))
    await writeFile(join(home, 'objects.ndjson'), rows.join('\n'))
    await runCheck(['objects', 'import', 'objects.ndjson'], { cwd: home, state: folder })
    const words = ['check', `${server.address}/crm`, '--json', ...objects.flatMap(key => ['--object', key])]
    const { code, report } = await runCheck(words, { cwd: home, state: folder })
    const isGreen = code === 0 && report?.counts.warn === 0 && report.left.length === 0
    tell(isGreen, `this server: ${report?.line} (${report?.calls} calls, ${report?.milliseconds} ms)`)
  } finally {
    await server.stop()
  }
}
