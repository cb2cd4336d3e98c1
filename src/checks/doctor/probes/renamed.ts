import { presentKeyOf } from '../../../storage/objects/object-aliases.ts'
import { asEscape, shellWord, steering } from '../../../values/shell-word.ts'
import type { Probe } from '../probe.ts'

/** Whether the object that is asked about was renamed. */
export const renamedProbe: Probe = {
  name: 'the former keys of objects',
  needsDatabase: true,
  look: async ({ database }, { application: { id }, remoteKey, issueKey }) => {
    if (database === undefined || remoteKey === undefined) return []
    const present = await presentKeyOf(database, id, remoteKey)
    if (present === undefined) return []
    // While an object with many links is renamed, each of its keys leads to the other.
    const isUnderWay = (await presentKeyOf(database, id, present)) === remoteKey
    const [former, now] = [remoteKey, present].map(key => key.replace(steering, asEscape))
    const link = issueKey === undefined ? '' : ` --issue ${issueKey}`
    return [
      {
        code: 'TLK-C33',
        says: isUnderWay ? `${former} and ${now} are one object, which is being renamed` : `${former} is ${now} now`,
        next: `tracker-links doctor ${id}${link} --object ${shellWord(present)}`,
        evidence: [`calls with ${former} are answered with the card of ${now}`],
        applicationId: id,
        remoteKey,
      },
    ]
  },
}
