import type { Config } from '../../../config/schema.ts'
import { unreachableHost } from '../../../outgoing/public-host.ts'
import { type Certificate, daysLeft, lookAtCertificate } from '../../look-at-certificate.ts'
import { askedOnce } from '../asked-once.ts'
import type { Finding } from '../finding.ts'
import { dayText, momentText } from '../moment-text.ts'
import type { Probe } from '../probe.ts'
import { type HealthAnswer, lookAtHealth } from './public-health.ts'

/** Milliseconds for the certificate and the answer together: the internet is not as near as a database. */
const patience = 3_000

/** Whether `publicUrl` leads here, as far as that can be seen from this machine. A plain address inside of a network is of a trial. */
export const publicAddressProbe: Probe = {
  name: 'the public address',
  needsDatabase: false,
  look: async ({ config, now }, _subject, signal) => {
    const found = await lookAtAddress(config, now)
    // A run that was ended has seen nothing.
    signal.throwIfAborted()
    return found
  },
}

const lookAtAddress = askedOnce(async ({ publicUrl }: Config, now: () => number): Promise<Finding[]> => {
  const url = new URL(publicUrl)
  const isPlain = url.protocol === 'http:'
  if (isPlain && unreachableHost(url.hostname) !== undefined) return []
  const soon = AbortSignal.timeout(patience)
  const certificate = isPlain ? {} : await lookAtCertificate(url, soon)
  const wrong = certificateFault(url, certificate, now())
  const found = wrong ?? answerFault(url, await lookAtHealth(url, soon))
  return found ? [found] : endsSoon(url, certificate, now())
})

const openssl = ({ hostname, port, host }: URL) =>
  `openssl s_client -connect ${port === '' ? `${host}:443` : host} -servername ${hostname} </dev/null | openssl x509 -noout -dates -issuer -ext subjectAltName`

function certificateFault(url: URL, { unreachable, distrust, wrongName, validTo }: Certificate, now: number) {
  if (unreachable !== undefined) return away(url, `${url.host}: ${unreachable}`)
  if (validTo !== undefined && validTo.getTime() <= now) {
    const says = `the certificate of ${url.host} expired ${momentText(validTo, now)}`
    const next = `Renew the certificate of ${url.host} where TLS ends, and let it renew itself.`
    return { code: 'TLK-R01', says, next, evidence: [], since: validTo } satisfies Finding
  }
  const wrong = [distrust, wrongName].filter(text => text !== undefined)
  if (wrong.length === 0) return undefined
  const what = distrust === undefined ? 'is for another name' : 'is not trusted'
  const says = `the certificate of ${url.host} ${what}`
  return { code: 'TLK-R02', says, next: openssl(url), evidence: wrong } satisfies Finding
}

/** What an answer to `GET /health` tells of who answers. */
function answerFault(url: URL, answer: HealthAnswer): Finding | undefined {
  if (answer.kind === 'ours') return undefined
  const asked = `GET ${url.origin}/health`
  if (answer.kind === 'none') return away(url, `${asked}: ${answer.because}`)
  const { status, told } = answer
  const came = `${asked} was answered ${status}${told}`
  if (status === 502 || status === 503 || status === 504)
    return away(url, `${came}: by a proxy that has no server behind it, not by this server`)
  const says = `another program answers at ${url.origin}`
  const evidence = [came, 'this server answers it 200 or 503, without a body and with its x-request-id']
  return { code: 'TLK-R04', says, next: `curl -i ${url.origin}/health`, evidence }
}

const away = (url: URL, evidence: string): Finding => ({
  code: 'TLK-R03',
  says: `nothing answers at ${url.origin}`,
  next: `curl -v ${url.origin}/health`,
  evidence: [evidence, 'asked from this machine: if its own network hides that address, ask from outside'],
})

function endsSoon(url: URL, { validTo }: Certificate, now: number): Finding[] {
  const days = validTo === undefined ? Infinity : (validTo.getTime() - now) / 86_400_000
  if (validTo === undefined || days >= daysLeft) return []
  const says = `the certificate of ${url.host} ends ${dayText(validTo)}`
  const next = `Renew the certificate of ${url.host} where TLS ends, and find out why it was not renewed by itself.`
  return [{ code: 'TLK-R12', says, next, evidence: [`${Math.floor(days)} days are left`] }]
}
