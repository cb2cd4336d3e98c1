import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { LinkedObjectModel } from './prisma-client/models.ts'
import type { Queries } from './queries.ts'
import { perApplication, shareWork } from './shared-work.ts'

export type ObjectStore = ReturnType<typeof objectStore>

/** The objects of applications, as their cards show them. Errors are the driver's; `databaseProblem` tells them apart. */
export function objectStore(prisma: Queries) {
  const questionsOf = perApplication(applicationId =>
    shareWork<readonly RemoteKey[], ObjectInfo | undefined>({
      run: questions => findEach(prisma, applicationId, questions),
      alike: () => true,
      weight: keys => keys.length,
      heaviest: 1_000,
      heavy: Infinity,
      touches: () => [],
    }),
  )
  return {
    /** The object with the first of these keys that is stored; undefined where none is. Questions of one moment are one query. */
    findFirst: (applicationId: string, keys: readonly RemoteKey[]) => questionsOf(applicationId)(keys),

    /** Those of these keys that have an object. */
    async known(applicationId: string, keys: readonly RemoteKey[]): Promise<Set<RemoteKey>> {
      const rows = await prisma.linkedObject.findMany({
        where: { applicationId, key: { in: [...keys] } },
        select: { key: true },
      })
      return new Set(rows.map(row => row.key as RemoteKey))
    },

    /**
     * Stores objects, all or none; an object that is there already becomes as given. `objects` hold each key once.
     * Returns how many are new, changed, and were so already.
     */
    async put(applicationId: string, objects: readonly ObjectInfo[]) {
      const sorted = objects.toSorted((a, b) => (a.key < b.key ? -1 : 1))
      const rows = await prisma.$queryRaw<{ is_new: boolean }[]>`
        INSERT INTO linked_object (application_id, key, summary, icon_url, status_name, status_description,
          resolution_name, resolution_description, assignee_tracker_uid, assignee_passport_uid, assignee_login,
          updated, deadline)
        SELECT ${applicationId}, r.*
        FROM jsonb_to_recordset(${JSON.stringify(sorted.map(columns))}::jsonb) AS r(key text, summary text,
          icon_url text, status_name text, status_description text, resolution_name text, resolution_description text,
          assignee_tracker_uid bigint, assignee_passport_uid bigint, assignee_login text,
          updated timestamptz, deadline timestamptz)
        ON CONFLICT (application_id, key) DO UPDATE SET
          (summary, icon_url, status_name, status_description, resolution_name, resolution_description,
           assignee_tracker_uid, assignee_passport_uid, assignee_login, updated, deadline, stored_at) =
          (excluded.summary, excluded.icon_url, excluded.status_name, excluded.status_description,
           excluded.resolution_name, excluded.resolution_description, excluded.assignee_tracker_uid,
           excluded.assignee_passport_uid, excluded.assignee_login, excluded.updated, excluded.deadline, now())
        WHERE (linked_object.summary, linked_object.icon_url, linked_object.status_name,
           linked_object.status_description, linked_object.resolution_name, linked_object.resolution_description,
           linked_object.assignee_tracker_uid, linked_object.assignee_passport_uid, linked_object.assignee_login,
           linked_object.updated, linked_object.deadline) IS DISTINCT FROM
          (excluded.summary, excluded.icon_url, excluded.status_name, excluded.status_description,
           excluded.resolution_name, excluded.resolution_description, excluded.assignee_tracker_uid,
           excluded.assignee_passport_uid, excluded.assignee_login, excluded.updated, excluded.deadline)
        RETURNING (xmax = 0) AS is_new`
      const created = rows.filter(row => row.is_new).length
      return { created, changed: rows.length - created, unchanged: objects.length - rows.length }
    },

    /** Objects of an application in the order of their keys, at most `limit`, those after the key `after`. */
    async list(applicationId: string, { after, limit }: { after?: RemoteKey; limit: number }): Promise<ObjectInfo[]> {
      const rows = await prisma.linkedObject.findMany({
        where: { applicationId, ...(after !== undefined && { key: { gt: after } }) },
        orderBy: { key: 'asc' },
        take: limit,
      })
      return rows.map(objectInfo)
    },

    /** Removes an object; its links stay. Returns whether it was there. */
    async remove(applicationId: string, key: RemoteKey): Promise<boolean> {
      const { count } = await prisma.linkedObject.deleteMany({ where: { applicationId, key } })
      return count > 0
    },
  }
}

/** For each question, the object with the first of its keys that is stored. */
async function findEach(prisma: Queries, applicationId: string, questions: readonly (readonly RemoteKey[])[]) {
  const rows = await prisma.linkedObject.findMany({ where: { applicationId, key: { in: questions.flat() } } })
  const rowOf = new Map(rows.map(row => [row.key, row]))
  return questions.map(keys => {
    const key = keys.find(one => rowOf.has(one))
    return key === undefined ? undefined : objectInfo(rowOf.get(key) as LinkedObjectModel)
  })
}

/** A row as the card it makes: absent fields left out. */
function objectInfo(row: LinkedObjectModel): ObjectInfo {
  const assignee = {
    ...(row.assigneeTrackerUid !== null && { trackerUid: row.assigneeTrackerUid }),
    ...(row.assigneePassportUid !== null && { passportUid: row.assigneePassportUid }),
    ...(row.assigneeLogin !== null && { login: row.assigneeLogin }),
  }
  return {
    key: row.key as RemoteKey,
    summary: row.summary,
    ...(row.iconUrl !== null && { iconUrl: row.iconUrl }),
    ...(row.statusName !== null && { status: namedState(row.statusName, row.statusDescription) }),
    ...(row.resolutionName !== null && { resolution: namedState(row.resolutionName, row.resolutionDescription) }),
    ...(Object.keys(assignee).length > 0 && { assignee }),
    ...(row.updated !== null && { updated: row.updated }),
    ...(row.deadline !== null && { deadline: row.deadline }),
  }
}

const namedState = (name: string, description: string | null) =>
  description === null ? { name } : { name, description }

/** The columns of an object, uids as text: JSON numbers would lose digits on the way. */
function columns(info: ObjectInfo) {
  return {
    key: info.key,
    summary: info.summary,
    icon_url: info.iconUrl,
    status_name: info.status?.name,
    status_description: info.status?.description,
    resolution_name: info.resolution?.name,
    resolution_description: info.resolution?.description,
    assignee_tracker_uid: info.assignee?.trackerUid?.toString(),
    assignee_passport_uid: info.assignee?.passportUid?.toString(),
    assignee_login: info.assignee?.login,
    updated: info.updated,
    deadline: info.deadline,
  }
}
