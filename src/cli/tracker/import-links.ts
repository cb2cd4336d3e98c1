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
A row has issue, relationship, linkedIssue, createdAt, createdBy, and perhaps updatedAt with updatedBy. The relationship is what
the issue is to the linked one: relates, is dependent by, depends on, is subtask for, is parent task for, duplicates,
is duplicated by, is epic of, has epic, clone, original. Moments lie between the creation and the last update of both issues. A
user is a login or a uid: in CSV digits are a uid, in JSON a number is; login:123 is a login of digits.

The whole file is checked first, and nothing is sent while a row is wrong. Then Tracker is asked which links are there, and
sent those that are not, no faster than \`rate\` of the organization allows. What was done stands in a journal beside the
file (FILE.journal): after a stop at any moment the same command goes on, and no link is made twice. Rows that Tracker refused
are told with its words and tried again at the next run; the exit code is then 2. Tracker may let administrators only import
links.`,
  examples: ['tracker import-links links.csv --dry-run', 'tracker import-links links.ndjson --organization main'],
  run: (input, context) =>
    importFile(input, context, { journalOf: 'links', table: issueLinkTable, kindOf: issueLinkImport }),
}
