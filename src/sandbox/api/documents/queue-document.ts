import type { Queue } from '../../world/records.ts'
import { type DocumentForm, selfOf } from './document-form.ts'
import { issueTypeRef, priorityRef, userRef } from './references.ts'

export const queueDocument = (form: DocumentForm, queue: Queue) => ({
  self: selfOf(form, 'queues', queue.key),
  id: Number(queue.id),
  key: queue.key,
  version: 1,
  name: queue.name,
  lead: userRef(form, form.world.firstUser().uid),
  assignAuto: false,
  allowExternals: false,
  defaultType: issueTypeRef(form, 'task'),
  defaultPriority: priorityRef(form, 'normal'),
})
