/** Listening on one of these means on every address of the machine; it is called on the other. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** The address at which this machine reaches a server that listens on this host and port, or has this URL. */
export function localAddress({ hostname, port }: { hostname: string; port: number | string }): string {
  const listening = hostname.replace(/^\[|\]$/g, '')
  const host = loopbackOf[listening] ?? listening
  return `http://${host.includes(':') ? `[${host}]` : host}${port === '' ? '' : `:${port}`}`
}
