import { type Registration, registrationFields } from '../tracker-contract/registration-sheet.ts'

/** The fields of a sheet that could be read. Those that were left out, such as a token that is not printed, are missing. */
export type ReadSheet = Partial<Record<keyof Registration, string>>

/**
 * Reads a registration sheet in any form in which `registration` prints it, in either language: text, a table of Markdown,
 * JSON. A list of `field value` that somebody wrote by hand reads as text.
 */
export function readSheet(text: string): ReadSheet {
  const sheet = text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text)
  // "(left out of this sheet: …)"
  if (sheet.oauthToken?.startsWith('(')) delete sheet.oauthToken
  return sheet
}

function fromJson(text: string): ReadSheet {
  const read = JSON.parse(text) as { registration?: unknown }
  const fields = (read.registration ?? read) as Record<string, unknown>
  const known = registrationFields.filter(field => ['string', 'boolean'].includes(typeof fields[field]))
  return Object.fromEntries(known.map(field => [field, String(fields[field])]))
}

function fromLines(text: string): ReadSheet {
  const sheet: ReadSheet = {}
  for (const line of text.split(/\r?\n/)) {
    const [, field, value] =
      /^\|\s*`?(\w+)`?\s*\|\s*(.*?)\s*\|\s*$/.exec(line) ?? /^(\w+)\s*[:\s]\s*(\S.*?)\s*$/.exec(line) ?? []
    const name = registrationFields.find(one => one === field)
    // The first counts: the addresses of single objects follow below, under the same names.
    if (name !== undefined && value !== undefined && sheet[name] === undefined) sheet[name] = cellText(value)
  }
  return sheet
}

/** The text of a cell, out of its code span. In a table a bar is written `\|`. */
function cellText(cell: string): string {
  const [, fence = '', inside = cell] = /^(`+)(.*)\1$/.exec(cell) ?? []
  const text = fence.length > 1 ? inside.slice(1, -1) : inside
  return fence === '' ? text : text.replaceAll('\\|', '|')
}
