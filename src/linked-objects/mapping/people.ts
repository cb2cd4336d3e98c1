import type { Application } from '../../config/schema.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import { type Person, readPeopleFile } from './people-file.ts'

type Assignee = NonNullable<ObjectInfo['assignee']>

/**
 * Turns the assignee's login in the application into the person in Tracker. An assignee with a uid is such a person already.
 * Without `people`, a card that was pushed or answered by a module stays as it is. A mapping, however, reads a login of the
 * application, which may be somebody else's in Tracker: then nobody is shown.
 */
export function createPeople(objects: Application['objects']): (info: ObjectInfo) => ObjectInfo {
  const { people } = objects
  const isMapped = 'mapping' in objects && objects.mapping !== undefined
  if (!people && !isMapped) return info => info
  const known = new Map<string, Assignee>()
  if (people?.file !== undefined)
    for (const [login, person] of readPeopleFile(people.file)) known.set(login, readPerson(person))
  for (const [login, person] of Object.entries(people?.table ?? {})) known.set(login, readPerson(person))

  return info => {
    const { assignee, ...rest } = info
    if (assignee?.login === undefined || assignee.trackerUid !== undefined || assignee.passportUid !== undefined)
      return info
    const person = known.get(assignee.login) ?? (people?.asIs ? assignee : undefined)
    return person ? { ...rest, assignee: person } : rest
  }
}

const readPerson = ({ login, trackerUid, passportUid }: Person): Assignee => ({
  ...(trackerUid !== undefined && { trackerUid: BigInt(trackerUid) }),
  ...(passportUid !== undefined && { passportUid: BigInt(passportUid) }),
  ...(login !== undefined && { login }),
})
