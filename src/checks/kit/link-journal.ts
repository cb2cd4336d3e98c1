import { appendFileSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/** A link that a run made, or tried to. */
export type MadeLink = { issueKey: string; remoteKey: string }

/**
 * The links that may exist because of the kit, kept in a file: a line before a link is asked for and one after it was removed. So
 * a run that was killed leaves nothing that the next one does not know.
 */
export type LinkJournal = { file: string; links: Map<string, MadeLink> }

type Line = MadeLink & { state: 'asked' | 'removed' }

const nameOf = ({ issueKey, remoteKey }: MadeLink) => JSON.stringify([issueKey, remoteKey])

/** Opens the journal with what earlier runs left. A line that was cut by a kill is the last, and nothing was asked after it. */
export function openJournal(file: string): LinkJournal {
  const journal: LinkJournal = { file, links: new Map() }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  for (const line of text.split('\n').slice(0, -1)) note(journal, JSON.parse(line) as Line)
  return journal
}

/** Records that these links are going to be asked for. They are on the disk when this returns. */
export const noteAsked = (journal: LinkJournal, links: readonly MadeLink[]): void =>
  append(
    journal,
    links.map(link => ({ ...link, state: 'asked' })),
  )

/** Records that a link is gone. When none is left, so is the file. */
export function noteRemoved(journal: LinkJournal, link: MadeLink): void {
  append(journal, [{ ...link, state: 'removed' }])
  if (journal.links.size === 0) rmSync(journal.file, { force: true })
}

function append(journal: LinkJournal, lines: readonly Line[]): void {
  const file = openSync(journal.file, 'a', 0o600)
  try {
    appendFileSync(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  for (const line of lines) note(journal, line)
}

function note({ links }: LinkJournal, { state, issueKey, remoteKey }: Line): void {
  const link = { issueKey, remoteKey }
  if (state === 'asked') links.set(nameOf(link), link)
  else links.delete(nameOf(link))
}
