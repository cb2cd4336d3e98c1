import { issueLinkImport } from '../../reconciliation/issue-link-import.ts'
import type { CliCommand } from '../command.ts'
import { importArguments, importFile, importOptions } from './import-file.ts'
import { issueLinkTable } from './issue-link-rows.ts'

export const trackerImportLinks: CliCommand = {
  name: 'tracker import-links',
  summary: 'import links between issues into Tracker, with the time and the user of each',
  arguments: importArguments,
  options: importOptions,
  details: `
A row has issue, relationship, linkedIssue, createdAt and createdBy; updatedAt and updatedBy are optional. The relationship is
what the issue is to the linked issue: relates, is dependent by, depends on, is subtask for, is parent task for, duplicates,
is duplicated by, is epic of, has epic, clone, original. Moments lie between the creation and the last update of both issues. A
user is a login or a uid: a uid is digits in CSV and a number in JSON; login:123 is a login that has only digits.

The whole file is checked first, and nothing is sent as long as a row is wrong. Then Tracker is asked which links exist, and the
others are sent, no faster than \`rate\` of the organization allows. A journal beside the file (FILE.journal) keeps what was
done: after a stop at any moment the same command goes on, and no link is created twice. Rows that Tracker refused are listed
with its words, and are tried again by the next run; the exit code is then 2. Tracker may allow only administrators to import
links.`,
  examples: ['tracker import-links links.csv --dry-run', 'tracker import-links links.ndjson --organization main'],
  run: (input, context) =>
    importFile(input, context, { journalOf: 'links', table: issueLinkTable, kindOf: issueLinkImport }),
}
