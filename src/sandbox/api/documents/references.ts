import { exactNumber } from '../../../application-calls/exact-json.ts'
import type { Application, Issue } from '../../world/records.ts'
import { issueTypes, type LinkType, linkTypes, priorities, statuses, type Word } from '../../world/vocabulary.ts'
import { type DocumentForm, selfOf } from './document-form.ts'

// How a document names another thing, as Tracker's documents print it.

export function userRef(form: DocumentForm, uid: string) {
  const user = form.world.user(uid)
  const shared = { self: selfOf(form, 'users', uid), id: uid, display: user?.display ?? uid }
  return form.isNew && user ? { ...shared, cloudUid: user.cloudUid, passportUid: exactNumber(uid) } : shared
}

export function queueRef(form: DocumentForm, key: string) {
  const queue = form.world.queue(key)
  return { self: selfOf(form, 'queues', key), id: queue?.id ?? key, key, display: queue?.name ?? key }
}

export const issueRef = (form: DocumentForm, issue: Issue) => ({
  self: selfOf(form, 'issues', issue.key),
  id: issue.id,
  key: issue.key,
  display: issue.summary,
})

export const issueTypeRef = (form: DocumentForm, key: string) => wordRef(form, 'issuetypes', issueTypes, key)
export const statusRef = (form: DocumentForm, key: string) => wordRef(form, 'statuses', statuses, key)
export const priorityRef = (form: DocumentForm, key: string) => wordRef(form, 'priorities', priorities, key)

function wordRef(form: DocumentForm, collection: string, words: readonly Word[], key: string) {
  const word = words.find(one => one.key === key)
  return { self: selfOf(form, collection, word?.id ?? key), id: word?.id ?? key, key, display: word?.name ?? key }
}

export function linkTypeRef(form: DocumentForm, id: string) {
  const { inward, outward } = linkTypes.find(type => type.id === id) as LinkType
  return { self: selfOf(form, 'linktypes', id), id, inward, outward }
}

export const applicationRef = (form: DocumentForm, { id, name }: Pick<Application, 'id' | 'name'>) => ({
  self: selfOf(form, 'applications', id),
  id,
  type: id,
  name,
})
