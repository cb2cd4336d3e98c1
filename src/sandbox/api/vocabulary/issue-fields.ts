import { type DocumentForm, selfOf } from '../documents/document-form.ts'

/** The fields of an issue with the type of their values; `[]` makes it a list. */
const types: Readonly<Record<string, string>> = {
  key: 'string',
  summary: 'string',
  description: 'string',
  type: 'issuetype',
  status: 'status',
  priority: 'priority',
  queue: 'queue',
  previousQueue: 'queue',
  assignee: 'user',
  createdBy: 'user',
  updatedBy: 'user',
  createdAt: 'datetime',
  updatedAt: 'datetime',
  deadline: 'date',
  followers: 'user[]',
  tags: 'string[]',
  fixVersions: 'version[]',
  components: 'component[]',
  aliases: 'string[]',
  votes: 'integer',
  favorite: 'boolean',
}
const required = ['summary', 'type', 'status', 'priority', 'queue']
const readonly = [
  'key',
  'parent',
  'status',
  'previousQueue',
  'createdBy',
  'updatedBy',
  'createdAt',
  'updatedAt',
  'aliases',
  'votes',
]

const category = { id: '000000000000000000000001', name: 'System' }

/** The one category of fields, as a field names it. */
const fieldCategory = (form: DocumentForm) => ({
  self: selfOf(form, 'fields', 'categories', category.id),
  id: category.id,
  display: category.name,
})

/** What `fields/categories` answers. */
export const fieldCategories = (form: DocumentForm) => [
  { self: selfOf(form, 'fields', 'categories', category.id), id: category.id, name: category.name, version: 1 },
]

/** What `fields` answers: every field of an issue that the sandbox has. */
export function issueFields(form: DocumentForm) {
  return Object.entries(types).map(([id, type], at) => ({
    self: selfOf(form, 'fields', id),
    id,
    key: id,
    name: id.replace(/([A-Z])/g, ' $1').replace(/^./, first => first.toUpperCase()),
    version: 1,
    schema: type.endsWith('[]')
      ? { type: 'array', items: type.slice(0, -2), required: false }
      : { type, required: required.includes(id) },
    readonly: readonly.includes(id),
    options: false,
    suggest: false,
    order: at + 1,
    category: fieldCategory(form),
    type: 'standard',
  }))
}
