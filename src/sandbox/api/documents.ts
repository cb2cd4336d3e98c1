import { exactNumber } from '../../application-calls/exact-json.ts'
import type { Application, Issue, IssueLink, Queue, RemoteLink, User } from '../world/records.ts'
import { issueTypes, type LinkType, linkTypes, priorities, statuses, type Word } from '../world/vocabulary.ts'
import type { World } from '../world/world.ts'

export type Documents = ReturnType<typeof createDocuments>

/** What the API answers with, as Tracker's documents print it; `base` is the address up to the version, without a slash. */
export function createDocuments(world: World, base: string, version: 'v2' | 'v3') {
  const settings = world.settings()
  const isNew = settings.documents === 'by-version' ? version === 'v3' : settings.documents === 'new'
  const self = (...path: (string | number)[]) => [base, ...path.map(part => encodeURIComponent(part))].join('/')
  const linkId = (id: number) => (settings.linkIds === 'string' ? `${id}` : id)

  const userRef = (uid: string) => {
    const user = world.user(uid)
    const shared = { self: self('users', uid), id: uid, display: user?.display ?? uid }
    return isNew && user ? { ...shared, cloudUid: user.cloudUid, passportUid: exactNumber(uid) } : shared
  }
  const wordRef = (collection: string, words: readonly Word[], key: string) => {
    const word = words.find(one => one.key === key)
    return { self: self(collection, word?.id ?? key), id: word?.id ?? key, key, display: word?.name ?? key }
  }
  const queueRef = (key: string) => {
    const queue = world.queue(key)
    return { self: self('queues', key), id: queue?.id ?? key, key, display: queue?.name ?? key }
  }
  const issueRef = (issue: Issue) => ({
    self: self('issues', issue.key),
    id: issue.id,
    key: issue.key,
    display: issue.summary,
  })
  const linkType = (id: string) => {
    const { inward, outward } = linkTypes.find(type => type.id === id) as LinkType
    return { self: self('linktypes', id), id, inward, outward }
  }
  const application = ({ id, name }: Pick<Application, 'id' | 'name'>) => ({
    self: self('applications', id),
    id,
    type: id,
    name,
  })
  /** An issue's parent is the other end of its link as a sub-issue. */
  const parentOf = (issue: Issue) => {
    const link = world.issueLinksOf(issue).find(({ type, inwardOf }) => type === 'subtask' && inwardOf === issue.id)
    const parent = link && world.issue(link.outwardOf)
    return parent ? { parent: issueRef(parent) } : {}
  }
  const moments = (link: RemoteLink | IssueLink) => ({
    createdBy: userRef(link.createdBy),
    updatedBy: userRef(link.updatedBy),
    createdAt: link.createdAt,
    updatedAt: link.updatedAt,
  })

  return {
    isNew,
    self,
    userRef,
    queueRef,
    issueRef,
    linkType,
    application,
    issueType: (key: string) => wordRef('issuetypes', issueTypes, key),
    status: (key: string) => wordRef('statuses', statuses, key),
    priority: (key: string) => wordRef('priorities', priorities, key),

    user: (user: User) => ({
      self: self('users', user.uid),
      uid: exactNumber(user.uid),
      login: user.login,
      trackerUid: exactNumber(user.uid),
      passportUid: exactNumber(user.uid),
      ...(isNew && { cloudUid: user.cloudUid }),
      firstName: user.firstName,
      lastName: user.lastName,
      display: user.display,
      email: user.email,
      external: false,
      hasLicense: true,
      dismissed: false,
      useNewFilters: true,
      disableNotifications: false,
      firstLoginDate: '2020-10-27T13:06:21.787+0000',
      lastLoginDate: '2022-07-25T17:12:33.787+0000',
      welcomeMailSent: true,
    }),

    queue: (queue: Queue) => ({
      self: self('queues', queue.key),
      id: Number(queue.id),
      key: queue.key,
      version: 1,
      name: queue.name,
      lead: userRef(world.firstUser().uid),
      assignAuto: false,
      allowExternals: false,
      defaultType: wordRef('issuetypes', issueTypes, 'task'),
      defaultPriority: wordRef('priorities', priorities, 'normal'),
    }),

    /** What an issue has not is left out, as Tracker does. */
    issue: (issue: Issue, expand: readonly string[] = []) => ({
      self: self('issues', issue.key),
      id: issue.id,
      key: issue.key,
      version: issue.version,
      ...(issue.aliases.length > 0 && { aliases: issue.aliases }),
      ...(issue.previousQueue !== undefined && { previousQueue: queueRef(issue.previousQueue) }),
      summary: issue.summary,
      ...(issue.description !== undefined && { description: issue.description }),
      ...parentOf(issue),
      ...(issue.unique !== undefined && { unique: issue.unique }),
      type: wordRef('issuetypes', issueTypes, issue.type),
      priority: wordRef('priorities', priorities, issue.priority),
      status: wordRef('statuses', statuses, issue.status),
      queue: queueRef(issue.queue),
      createdAt: issue.createdAt,
      createdBy: userRef(issue.createdBy),
      updatedAt: issue.updatedAt,
      updatedBy: userRef(issue.updatedBy),
      ...(issue.assignee !== undefined && { assignee: userRef(issue.assignee) }),
      ...(issue.followers.length > 0 && { followers: issue.followers.map(userRef) }),
      ...(issue.tags.length > 0 && { tags: issue.tags }),
      ...(issue.deadline !== undefined && { deadline: issue.deadline }),
      votes: 0,
      favorite: false,
      // The sandbox has none of these; asked for, they are there and empty.
      ...Object.fromEntries(
        ['transitions', 'attachments', 'comments'].filter(name => expand.includes(name)).map(name => [name, []]),
      ),
    }),

    remoteLink: (issue: Issue, link: RemoteLink) => ({
      self: self('issues', issue.key, 'remotelinks', link.id),
      id: linkId(link.id),
      type: linkType(link.type),
      direction: link.direction,
      object: {
        self: self('applications', link.applicationId, 'objects', link.key),
        id: link.key,
        key: link.key,
        application: application(
          world.application(link.applicationId) ?? { id: link.applicationId, name: link.applicationId },
        ),
      },
      ...moments(link),
    }),

    /** The link as it reads from this issue's side. */
    issueLink: (issue: Issue, link: IssueLink) => {
      const isOutward = link.outwardOf === issue.id
      const other = world.issue(isOutward ? link.inwardOf : link.outwardOf) as Issue
      return {
        self: self('issues', issue.key, 'links', link.id),
        id: linkId(link.id),
        type: linkType(link.type),
        direction: isOutward ? 'outward' : 'inward',
        object: issueRef(other),
        ...moments(link),
        ...(other.assignee !== undefined && { assignee: userRef(other.assignee) }),
        status: wordRef('statuses', statuses, other.status),
      }
    },
  }
}
