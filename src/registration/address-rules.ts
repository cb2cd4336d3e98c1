import type { Application, Config } from '../config/schema.ts'
import { ipLiteral, unreachableHost } from '../outgoing/public-host.ts'
import { error, type Finding, warning } from './finding.ts'

/** The address under which Tracker reaches the server needs https, and a host that the internet reaches. */
export function checkPublicUrl({ publicUrl }: Config): Finding[] {
  const { protocol, hostname } = new URL(publicUrl)
  const findings: Finding[] = []
  if (protocol !== 'https:')
    findings.push(
      error(
        'publicUrl',
        'Without https every token and every key is readable on the way',
        'Put a proxy with a certificate in front of the server (docs/deploy.md) and write its https:// address.',
      ),
    )
  const unreachable = unreachableHost(hostname)
  if (unreachable)
    findings.push(
      error(
        'publicUrl',
        unreachable === 'address'
          ? `${hostname} is an address that the internet does not route, so Tracker cannot reach it`
          : `${hostname} is a name that only your own network knows, so Tracker cannot reach it`,
        'Write a name that the public DNS knows, such as links.your-company.com.',
      ),
    )
  else if (hostname.endsWith('.'))
    findings.push(
      error(
        'publicUrl',
        'There are no certificates for names with a dot at the end',
        'Write the name without that dot.',
      ),
    )
  else if (ipLiteral(hostname) !== undefined)
    findings.push(
      warning(
        'publicUrl',
        `${hostname} is registered as it is: if it changes, the Tracker team has to register the new one`,
        'Write a DNS name that leads to it.',
      ),
    )
  return findings
}

/** The pages and images that browsers load from Tracker's own https pages. */
export function checkPages({ frontUrl, defaultIconUrl }: Application, field: string): Finding[] {
  const findings: Finding[] = []
  if (!isHttps(frontUrl))
    findings.push(
      warning(`${field}.frontUrl`, 'The pages of the objects are not served over https', 'Write an https:// address.'),
    )
  if (!isHttps(defaultIconUrl))
    findings.push(
      warning(
        `${field}.defaultIconUrl`,
        'Browsers may refuse an icon without https inside a page with https',
        'Write an https:// address.',
      ),
    )
  if (unreachableHost(new URL(defaultIconUrl).hostname))
    findings.push(
      warning(
        `${field}.defaultIconUrl`,
        'The host of the icon cannot be reached from the internet: people outside of your network see no icon',
        'Put the icon on a public address.',
      ),
    )
  return findings
}

const isHttps = (address: string) => /^https:/i.test(address)
