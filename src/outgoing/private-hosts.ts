/** The host of an address in the form in which hosts are compared: lower case, an IPv6 address without its brackets. */
export const hostOf = (address: string): string => bareHost(new URL(address).hostname)

export const bareHost = (host: string): string => host.toLowerCase().replace(/^\[|\]$|\.$/g, '')

/** Whether `privateHosts` names the host of an address. */
export function isPrivateHost(address: string, privateHosts: readonly string[]): boolean {
  const host = hostOf(address)
  return privateHosts.some(one => bareHost(one) === host)
}
