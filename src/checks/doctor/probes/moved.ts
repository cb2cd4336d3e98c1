import { hasLinks } from '../../../storage/links/list-links.ts'
import { keysOfIssue } from '../../../storage/links/moved/issue-keys.ts'
import { type IssueKey, parseIssueKey } from '../../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { shellWord } from '../../../values/shell-word.ts'
import { askTracker } from '../ask-tracker.ts'
import type { Finding } from '../finding.ts'
import type { Probe } from '../probe.ts'

/** Whether the issue that is asked about was moved to another queue: as it is known here, or else as Tracker says. */
export const movedProbe: Probe = {
  name: 'the former keys of issues',
  needsDatabase: true,
  look: async (ground, { application, issueKey, remoteKey }, signal) => {
    const { database } = ground
    if (database === undefined || issueKey === undefined) return []
    const { id } = application
    const [present, ...former] = await keysOfIssue(database, id, issueKey)
    if (present !== issueKey) return [known(id, { issueKey, present, remoteKey })]
    const asked = await askTracker(ground, application, signal, ({ issues }) => issues.get(issueKey))
    // That Tracker gives no answer is told by the probe of the registration.
    if (asked === undefined || 'failure' in asked) return []
    const { key, aliases } = asked.answer
    const [now, ...others] = [key, ...aliases].flatMap(text => parseIssueKey(text) ?? [])
    if (now === undefined) return []
    if (now !== issueKey) {
      const hasMoved = await hasLinks(database, id, { issueKeys: [issueKey] })
      return [unknownHere(id, { issueKey, present: now, remoteKey, hasLinks: hasMoved })]
    }
    const unknown = others.filter(alias => !former.includes(alias))
    const isLeftBehind = unknown.length > 0 && (await hasLinks(database, id, { issueKeys: unknown }))
    return isLeftBehind ? [leftBehind(id, { issueKey, former: unknown })] : []
  },
}

type Move = { issueKey: IssueKey; present: IssueKey; remoteKey: RemoteKey | undefined }

const known = (applicationId: string, move: Move): Finding => ({
  code: 'TLK-A10',
  says: `${move.issueKey} is ${move.present} now`,
  next: askAgain(applicationId, move),
  evidence: [
    `its links are shown at ${move.present}; calls with ${move.issueKey} are taken as calls with ${move.present}`,
  ],
  applicationId,
  issueKey: move.issueKey,
})

const unknownHere = (applicationId: string, move: Move & { hasLinks: boolean }): Finding => ({
  code: 'TLK-A10',
  says: `${move.issueKey} is ${move.present} now, and that is not known here`,
  next: move.hasLinks ? takeOver(applicationId, move.present) : askAgain(applicationId, move),
  evidence: [
    `Tracker answers GET issues/${move.issueKey} with ${move.present}`,
    ...(move.hasLinks ? [`its links here stand at ${move.issueKey}`] : []),
  ],
  applicationId,
  issueKey: move.issueKey,
})

const leftBehind = (
  applicationId: string,
  { issueKey, former }: { issueKey: IssueKey; former: readonly IssueKey[] },
): Finding => ({
  code: 'TLK-A10',
  says: `${issueKey} was ${former.join(', ')} before, and that is not known here`,
  next: takeOver(applicationId, issueKey),
  evidence: ['links here stand at its former key'],
  applicationId,
  issueKey,
})

/** Takes over the keys that Tracker tells, and with them the links. */
const takeOver = (applicationId: string, issue: IssueKey) =>
  `tracker-links reconcile ${applicationId} --issue ${issue} --repair here`

function askAgain(applicationId: string, { present, remoteKey }: Move): string {
  const object = remoteKey === undefined ? '' : ` --object ${shellWord(remoteKey)}`
  return `tracker-links doctor ${applicationId} --issue ${present}${object}`
}
