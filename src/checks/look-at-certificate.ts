import { isIP } from 'node:net'
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls'

/** What is known of the certificate of a server. */
export type Certificate = {
  /** Why nothing is known of it. */
  unreachable?: string
  /** Why it is not trusted. */
  distrust?: string
  /** For which names it is, if not for this host. */
  wrongName?: string
  validTo?: Date
  /** Of the connection, such as `TLSv1.3`. */
  version?: string
}

/** Days for which a certificate is to be valid at least: one that renews itself does so earlier. */
export const daysLeft = 14

/** Milliseconds for a connection. */
const patience = 5_000

/** Connects without sending anything, and looks at the certificate. Never rejects. */
export function lookAtCertificate({ hostname, port }: URL, signal: AbortSignal): Promise<Certificate> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const { promise, resolve } = Promise.withResolvers<Certificate>()
  // What is wrong is found out here, in words.
  const socket = connect({
    host,
    port: Number(port) || 443,
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    timeout: patience,
    ...(isIP(host) === 0 && { servername: host }),
  })
  const give = (certificate: Certificate) => {
    resolve(certificate)
    socket.destroy()
  }
  socket.on('secureConnect', () => give(read(socket, host)))
  socket.on('timeout', () => give({ unreachable: `no connection within ${patience / 1_000} s` }))
  socket.on('error', ({ message }) => give({ unreachable: `no connection (${message})` }))
  signal.addEventListener('abort', () => give({ unreachable: 'no connection in time' }), { once: true })
  return promise
}

function read(socket: TLSSocket, host: string): Certificate {
  const certificate = socket.getPeerCertificate()
  const wrongName = checkServerIdentity(host, certificate)
  const reason = socket.authorizationError as Error | string | null
  // Node checks the name as well; that is another check.
  const distrust = reason === null || String(reason).includes('ERR_TLS_CERT_ALTNAME_INVALID') ? undefined : reason
  const version = socket.getProtocol()
  return {
    ...(distrust !== undefined && { distrust: `its certificate is not trusted (${String(distrust)})` }),
    ...(wrongName && { wrongName: `its certificate is for ${certificate.subjectaltname ?? 'no name'}` }),
    validTo: new Date(certificate.valid_to),
    ...(version && { version }),
  }
}
