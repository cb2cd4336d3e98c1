import type { Config } from '../../config/schema.ts'
import type { RemoteLinkRow } from '../../reconciliation/remote-link-import.ts'
import { shown } from '../terminal-text.ts'
import type { ImportTable } from './read-import-file.ts'
import { cellReader, issue, type Reader, remoteKey } from './row-values.ts'

/** Rows whose application is one of the configured ones. */
export function remoteLinkTable({ applications }: Config): ImportTable<RemoteLinkRow> {
  const ids = applications.map(({ id }) => id)
  const application: Reader<string> = {
    read: value => ids.find(id => id === value),
    rule: 'must be the id of a configured application',
    hint: `Configured ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ')}.`,
  }
  return {
    row: 'link',
    fields: ['issue', 'application', 'remoteKey'],
    needed: ['issue', 'application', 'remoteKey'],
    check: cells => {
      const { need, faults } = cellReader(cells)
      const row = {
        issue: need('issue', issue),
        application: need('application', application),
        remoteKey: need('remoteKey', remoteKey),
      }
      return faults.length > 0 ? { faults } : row
    },
    nameOf: ({ issue, application, remoteKey }) => `${issue} with ${shown(remoteKey, 60)} of ${application}`,
    // Neither an issue nor an application has a space in its name.
    identityOf: ({ issue, application, remoteKey }, idOf = name => name) =>
      `${idOf(issue)} ${application} ${remoteKey}`,
    issuesOf: ({ issue }) => [issue],
  }
}
