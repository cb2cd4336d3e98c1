import { daysLeft, lookAtCertificate } from '../../look-at-certificate.ts'
import { type Check, fault, passed, skipped } from '../check.ts'
import { type Kit, once } from '../kit.ts'
import { sources } from '../sources.ts'

/** The addresses of the templates, each origin once. */
const originsOf = ({ target: { application } }: Kit): URL[] => {
  const urls = [application.entityInfoUrl, application.createLinkUrl, application.removeLinkUrl]
  const origins = urls.flatMap(url =>
    url === undefined ? [] : [URL.parse(url.replaceAll(/\{\{\w+\}\}/g, 'x'))?.origin],
  )
  return [...new Set(origins)].flatMap(origin => (origin === undefined ? [] : [new URL(origin)]))
}

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

const certificatesOf = (kit: Kit) =>
  once(kit, 'certificates', () =>
    Promise.all(
      originsOf(kit)
        .filter(({ protocol }) => protocol === 'https:')
        .map(async url => ({ url, found: await lookAtCertificate(url, kit.signal) })),
    ),
  )

type Certificate = Awaited<ReturnType<typeof lookAtCertificate>>

/** Judges the certificate of each https origin. `judge` says what is wrong with one. */
const certificateCheck = (
  id: string,
  about: Pick<Check, 'level' | 'title'> & { source?: string },
  judge: (certificate: Certificate) => string | undefined,
  fix: string,
): Check => ({
  id,
  group: 'tls',
  source: sources.registration,
  ...about,
  run: async kit => {
    const certificates = await certificatesOf(kit)
    if (certificates.length === 0) return skipped('no address is https')
    for (const { url, found } of certificates) {
      if (found.unreachable !== undefined) return skipped(`${url.host}: ${found.unreachable}`)
      const wrong = judge(found)
      if (wrong !== undefined) return fault(`${url.host}: ${wrong}`, fix)
    }
    return passed
  },
})

export const tlsChecks: readonly Check[] = [
  {
    id: 'tls-https',
    group: 'tls',
    level: 'should',
    title: 'All addresses are https',
    source: sources.registration,
    run: async kit => {
      const plain = originsOf(kit).filter(({ protocol }) => protocol === 'http:')
      if (plain.length === 0) return passed
      if (plain.every(isLoopback)) return skipped('it runs on this machine')
      return fault(`${plain[0]?.host} is called without encryption`, 'Register https addresses: the token can be read.')
    },
  },
  certificateCheck(
    'tls-trusted',
    { level: 'must', title: 'The certificate is trusted, and its chain is whole' },
    ({ distrust }) => distrust,
    'Send the certificate with all between it and a public root; renew it if it has expired.',
  ),
  certificateCheck(
    'tls-name',
    { level: 'must', title: 'The certificate is for the host of the address' },
    ({ wrongName }) => wrongName,
    'Get a certificate for this name.',
  ),
  certificateCheck(
    'tls-expiry',
    { level: 'should', title: `The certificate is valid for ${daysLeft} more days` },
    ({ validTo }) => {
      const days = validTo === undefined ? Infinity : (validTo.getTime() - Date.now()) / 86_400_000
      return days < daysLeft ? `it expires ${validTo?.toISOString().slice(0, 10)}` : undefined
    },
    'Renew it, and let it renew itself.',
  ),
  certificateCheck(
    'tls-version',
    { level: 'must', title: 'The connection has TLS 1.2 or newer', source: sources.tls },
    ({ version }) =>
      version !== undefined && !['TLSv1.2', 'TLSv1.3'].includes(version) ? `it has ${version}` : undefined,
    'Switch older versions off, and 1.3 on.',
  ),
]
