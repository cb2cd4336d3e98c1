import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'

const certificates = join(import.meta.dirname, '../kit/certificates')

/** The authority that a program has to trust, as NODE_EXTRA_CA_CERTS. */
export const authority = join(certificates, 'root.pem')

const pairOf = (name: 'right' | 'expired') => {
  const pem = readFileSync(join(certificates, `${name}.pem`))
  return { key: pem, cert: pem }
}

/** What stands between the internet and a server: ends TLS, and hands everything on to the port that it is told. */
export async function openPublicAddress() {
  let port = 0
  const server = createServer(pairOf('right'), socket => {
    const inner = connect(port, '127.0.0.1')
    const end = () => {
      socket.destroy()
      inner.destroy()
    }
    socket.on('error', end).on('close', end).pipe(inner)
    inner.on('error', end).on('close', end).pipe(socket)
  })
  // A caller that does not trust the certificate hangs up.
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    leadTo: (wanted: number) => {
      port = wanted
    },
    present: (name: 'right' | 'expired') => server.setSecureContext(pairOf(name)),
    close: () => server.close(),
  }
}
