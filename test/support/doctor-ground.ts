import type { Finding } from '../../src/checks/doctor/finding.ts'
import type { Ground, Probe } from '../../src/checks/doctor/probe.ts'
import { fillDefaults } from '../../src/config/fill-defaults.ts'
import type { ConfigFile } from '../../src/config/schema.ts'
import { parseIssueKey } from '../../src/tracker-contract/issue-key.ts'
import { parseRemoteKey } from '../../src/tracker-contract/remote-key.ts'

const crm = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  responsible: 'crm@example.com',
  authorization: { kind: 'none' },
} as const

/** What a probe finds of the first application, `crm` unless another is given. */
export async function lookWith(
  probe: Probe,
  {
    file = {},
    ground = {},
    issue,
    object,
    signal = new AbortController().signal,
  }: {
    file?: Partial<ConfigFile>
    ground?: Partial<Ground>
    issue?: string
    object?: string
    signal?: AbortSignal
  } = {},
): Promise<readonly Finding[]> {
  const whole = { publicUrl: 'http://127.0.0.1:8080', applications: [crm], ...file }
  const config = ground.config ?? fillDefaults(whole, import.meta.dirname)
  const [application] = config.applications
  if (application === undefined) throw new Error('there is no application')
  const [issueKey, remoteKey] = [parseIssueKey(issue ?? ''), parseRemoteKey(object ?? '')]
  const subject = { application, ...(issueKey && { issueKey }), ...(remoteKey && { remoteKey }) }
  const standard = { database: undefined, trackerOf: () => undefined, now: Date.now }
  return await probe.look({ ...standard, ...ground, config }, subject, signal)
}

/** The first line of each finding, as far as a probe makes it. */
export const linesOf = (findings: readonly Finding[]): string[] => findings.map(({ code, says }) => `${code} ${says}`)
