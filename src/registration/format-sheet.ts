import { registrationFields } from '../tracker-contract/registration-sheet.ts'
import type { Sheet } from './build-sheet.ts'
import type { SheetWords } from './sheet-words.ts'

/** The sheet as plain text, to paste into a form. */
export function formatText(sheet: Sheet, words: SheetWords): string {
  const blocks = sheet.filled.map(({ remoteKey, ...addresses }) => columns({ remoteKey, ...addresses }))
  return [
    words.title,
    words.request,
    columns(fieldsOf(sheet, words)),
    aboutAuthorization(sheet, words),
    words.filled,
    ...blocks,
  ].join('\n\n')
}

/** The sheet as Markdown. */
export function formatMarkdown(sheet: Sheet, words: SheetWords): string {
  const rows = Object.entries(fieldsOf(sheet, words)).map(([field, value]) => `| \`${field}\` | ${cell(value)} |`)
  const filled = sheet.filled.map(
    ({ remoteKey, entityInfoUrl, removeLinkUrl }) =>
      `- ${codeSpan(remoteKey)}\n  - ${codeSpan(entityInfoUrl)}\n  - ${codeSpan(removeLinkUrl)}`,
  )
  return [
    `# ${words.title}`,
    words.request,
    [`| ${words.parameter} | ${words.value} |`, '| --- | --- |', ...rows].join('\n'),
    aboutAuthorization(sheet, words),
    words.filled,
    filled.join('\n'),
  ].join('\n\n')
}

/** The fields that the sheet has, in Tracker's order, as text. */
function fieldsOf({ registration, tokenLeftOut }: Sheet, words: SheetWords): Record<string, string> {
  const shown: Partial<Record<string, string | boolean>> = {
    ...registration,
    ...(tokenLeftOut && { oauthToken: words.tokenLeftOut }),
  }
  return Object.fromEntries(
    registrationFields.filter(field => shown[field] !== undefined).map(field => [field, String(shown[field])]),
  )
}

function aboutAuthorization({ authorization }: Sheet, words: SheetWords): string {
  if (authorization.kind === 'none') return words.authorization.none
  const { header = 'Authorization', schemes = ['OAuth', 'Bearer'] } = authorization
  const forms = schemes.map(scheme => (scheme.toLowerCase() === 'bare' ? '`<token>`' : `\`${scheme} <token>\``))
  return words.authorization[authorization.kind](`\`${header}\``, forms.join(` ${words.or} `))
}

function columns(entries: Record<string, string>): string {
  return Object.entries(entries)
    .map(([name, value]) => `${name.padEnd(18)}${value}`)
    .join('\n')
}

/** A code span is fenced with more backticks than any run of them inside has. */
function codeSpan(text: string): string {
  const runs = text.match(/`+/g) ?? []
  if (runs.length === 0) return `\`${text}\``
  const fence = '`'.repeat(Math.max(...runs.map(run => run.length)) + 1)
  return `${fence} ${text} ${fence}`
}

// In a table a bar ends the cell, even in code.
const cell = (text: string) => codeSpan(text).replaceAll('|', '\\|')
