import type { IssueLinkRow } from '../../reconciliation/issue-link-import.ts'
import { mirrored } from '../../tracker-client/relationships.ts'
import type { Cells } from '../../values/field-table.ts'
import type { Format } from '../rows/read-cells.ts'
import type { ImportTable } from './read-import-file.ts'
import { cellReader, issue, moment, relationship, userInCsv, userInJson } from './row-values.ts'

export const issueLinkTable: ImportTable<IssueLinkRow> = {
  row: 'link',
  fields: ['issue', 'relationship', 'linkedIssue', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy'],
  needed: ['issue', 'relationship', 'linkedIssue', 'createdAt', 'createdBy'],
  check,
  nameOf: ({ issue, link }) => `${issue} ${link.relationship} ${link.issue}`,
  /** The same for a link and for its mirror image, as the other issue has it. */
  identityOf: ({ issue, link }, idOf = name => name) => {
    const [own, linked] = [idOf(issue), idOf(link.issue)]
    const one = `${own} ${link.relationship} ${linked}`
    const other = `${linked} ${mirrored[link.relationship]} ${own}`
    return one < other ? one : other
  },
  issuesOf: ({ issue, link }) => [issue, link.issue],
}

/** The rules of Tracker's `links/_import` that a file can break (seed 002, and tracker contract, section 7). */
function check(cells: Cells, format: Format) {
  const { need, take, faults } = cellReader(cells)
  const user = format === 'csv' ? userInCsv : userInJson
  const own = need('issue', issue)
  const kind = need('relationship', relationship)
  const linked = need('linkedIssue', issue)
  const [createdAt, createdBy] = [need('createdAt', moment), need('createdBy', user)]
  const [updatedAt, updatedBy] = [take('updatedAt', moment), take('updatedBy', user)]

  if (own !== undefined && own === linked) faults.push(ofItself)
  for (const [field, date] of Object.entries({ createdAt, updatedAt }))
    if (date && date.getTime() > Date.now()) faults.push(future(field))
  if (createdAt && updatedAt && updatedAt < createdAt) faults.push(updatedBefore)
  const has = (field: string) => ![undefined, null, ''].includes(cells[field] as undefined)
  if (has('updatedAt') !== has('updatedBy')) faults.push(together(has('updatedAt') ? 'updatedBy' : 'updatedAt'))
  if (faults.length > 0) return { faults }

  const updated = updatedAt !== undefined && updatedBy !== undefined && { updatedAt, updatedBy }
  return { issue: own, link: { relationship: kind, issue: linked, createdAt, createdBy, ...updated } }
}

const ofItself = { field: 'linkedIssue', rule: 'is the issue itself', hint: 'Name the other issue.' }
const updatedBefore = {
  field: 'updatedAt',
  rule: 'is before createdAt',
  hint: 'Give a moment that is not before createdAt.',
}
const future = (field: string) => ({
  field,
  rule: 'is in the future; Tracker accepts no moment after the last update of the two issues',
  hint: 'Check the offset from UTC.',
})
const together = (field: string) => ({
  field,
  rule: 'must be there: updatedAt and updatedBy are given together or not at all',
  hint: 'Add it, or remove the other.',
})
