import type { StoredLink } from '../../storage/links/list-links.ts'

/** The first line of an export, with its line break. */
export const csvHeader = 'issueKey,remoteKey,issueId,createdAt\r\n'

/** A link as a line of CSV (RFC 4180), with its line break. */
export function csvLine(link: StoredLink, cellText: (text: string) => string): string {
  const cells = [link.issueKey, link.remoteKey, link.issueId ?? '', link.createdAt.toISOString()]
  return `${cells.map(text => cell(cellText(text))).join(',')}\r\n`
}

/**
 * Whether a spreadsheet would compute a cell rather than show it, or an apostrophe stands before such a text already: whoever takes
 * one apostrophe off each of them has the texts again.
 */
export const isFormula = (text: string): boolean => /^'*[=+\-@\t\r\n＝＋－＠]/.test(text)

/** A cell that every spreadsheet shows as text. */
export const shownText = (text: string): string => (isFormula(text) ? `'${text}` : text)

// Some spreadsheets part cells at a semicolon or a tab instead, and would compute what follows it.
const cell = (text: string) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
