/** Where a server that listens on this host and port is reached from this machine; `0.0.0.0` and `::` are every address. */
export function localAddress({ host, port }: { host: string; port: number | string }): string {
  const near = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`
}
