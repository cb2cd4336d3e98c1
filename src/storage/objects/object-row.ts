import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { LinkedObjectModel } from '../prisma-client/models.ts'

/** A row as the card it makes: absent fields left out. */
export function objectInfo(row: Omit<LinkedObjectModel, 'sequence' | 'fetchedAt' | 'storedAt'>): ObjectInfo {
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
export function columns(info: ObjectInfo) {
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
