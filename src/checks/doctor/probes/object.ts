import { createCardRules } from '../../../linked-objects/mapping/card-rules.ts'
import { countCalls } from '../../../storage/calls/list-calls.ts'
import { findObject } from '../../../storage/objects/change-object.ts'
import { asEscape, lastArgument, shellWord, steering } from '../../../values/shell-word.ts'
import { cardFaults } from '../card-faults.ts'
import type { Probe } from '../probe.ts'
import { chosenObject } from '../sample-object.ts'

/** Whether the store has the object, and Tracker takes its card. What comes from a source is looked at there. */
export const objectProbe: Probe = {
  name: 'the object in the store',
  needsDatabase: true,
  look: async (ground, subject) => {
    const { application } = subject
    const { database, config } = ground
    if (database === undefined || application.objects.source !== 'store') return []
    const chosen = await chosenObject(ground, subject)
    if (chosen === undefined) return []
    const { key, isSample } = chosen
    const { id } = application
    const found = { applicationId: id, remoteKey: key }
    const object = await findObject(database, id, key)
    if (object === undefined) {
      // That one object is no more is told to those who ask for it.
      if (isSample) return []
      const calls = await countCalls(database, id, { remoteKey: key, code: 'object-unknown' })
      return [
        {
          ...found,
          code: 'TLK-C30',
          says: `the store has no object ${key.replace(steering, asEscape)}`,
          next: `Push or import the object ${shellWord(key)} of ${id}, or correct the key.`,
          evidence: calls > 0 ? [`calls for it that were answered 404: ${calls}`] : [],
        },
      ]
    }
    const faults = cardFaults(createCardRules(application, config.publicUrl)(object.info), key)
    if (faults.length === 0) return []
    const next = `tracker-links objects show --application ${id} ${lastArgument(key)}`
    return [{ ...found, code: 'TLK-C32', says: 'the card is not what Tracker takes', next, evidence: faults }]
  },
}
