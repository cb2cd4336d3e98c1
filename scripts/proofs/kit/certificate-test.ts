import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { PlainReport } from '../../../src/checks/kit/report/plain-report.ts'
import { runCheck } from './run-check.ts'

const folder = join(import.meta.dirname, 'certificates')

type Case = {
  name: string
  certificate: string
  /** Whether the root of the certificate is trusted. */
  isTrusted?: boolean
  /** Days by which the clock of the kit is ahead; OpenSSL keeps the machine's. */
  daysAhead?: number
  options?: ServerOptions
  /** Checks that do not pass. */
  finds: readonly string[]
}

const daysOf = (date: string) => (Date.parse(date) - Date.now()) / 86_400_000

const cases: readonly Case[] = [
  { name: 'is right', certificate: 'right', finds: [] },
  { name: 'is not trusted', certificate: 'right', isTrusted: false, finds: ['tls-trusted'] },
  { name: 'has expired', certificate: 'expired', finds: ['tls-trusted', 'tls-expiry'] },
  { name: 'is for another name', certificate: 'other-name', finds: ['tls-name'] },
  { name: 'expires in ten days', certificate: 'right', daysAhead: daysOf('2125-11-21'), finds: ['tls-expiry'] },
  {
    name: 'is presented over TLS 1.1',
    certificate: 'right',
    options: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    finds: ['tls-version'],
  },
]

/** What the kit says of certificates: of each, whether it names what is wrong with it and nothing else. */
export async function tryCertificates(state: string, tell: (isRight: boolean, text: string) => void): Promise<void> {
  for (const one of cases) {
    const pem = await readFile(join(folder, `${one.certificate}.pem`))
    const server = createServer({ key: pem, cert: pem, ...one.options }, (_request, response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
    })
    const url = await listen(server)
    const report = await check(url, state, one)
    const found = report.results
      .filter(({ group, outcome }) => group === 'tls' && (outcome === 'fail' || outcome === 'warn'))
      .map(({ id }) => id)
    const isTold = String(found) === String(one.finds)
    tell(isTold, `a certificate that ${one.name}: ${found.join(', ') || 'nothing'} (${report.line})`)
    server.closeAllConnections()
    server.close()
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function check(url: string, state: string, { isTrusted = true, daysAhead = 0 }: Case): Promise<PlainReport> {
  const ahead = `const now = Date.now; Date.now = () => now() + ${daysAhead} * 86400000`
  const { report } = await runCheck(['check', `${url}/{{remoteKey}}`, '--json'], {
    state,
    nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(ahead)}`],
    ...(isTrusted && { env: { NODE_EXTRA_CA_CERTS: join(folder, 'root.pem') } }),
  })
  if (!report) throw new Error('it printed no report')
  return report
}
