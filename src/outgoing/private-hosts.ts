import { fillPlaceholders, type HttpConfig } from '../linked-objects/sources/http/fill-request.ts'

/** The origin of a URL template, which holds no placeholder up to its path. */
export const originOf = (url: string): string => new URL(fillPlaceholders(url, () => 'x')).origin

/** The host of a URL template as it is compared: lower case, an IPv6 address without its brackets. */
export const hostOf = (url: string): string => bareHost(new URL(fillPlaceholders(url, () => 'x')).hostname)

/** Whether `privateHosts` names the host of `url`. */
export function isPrivateAllowed({ url, privateHosts = [] }: HttpConfig): boolean {
  const host = hostOf(url)
  return privateHosts.some(one => bareHost(one) === host)
}

export const bareHost = (host: string): string => host.toLowerCase().replace(/^\[|\]$|\.$/g, '')
