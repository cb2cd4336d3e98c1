import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** A link of the kit's. */
export type MadeLink = { issueKey: string; remoteKey: string }

/** What became of a link: it was asked for, the application says that it made none, or it was removed. */
type LinkState = 'asked' | 'refused' | 'removed'

/**
 * The links that may exist because of the kit, kept in a file: a line before a link is asked for, and one for what became of it.
 * So a run that was killed leaves nothing that the next one does not know.
 */
export type LinkJournal = { file: string; links: Map<string, MadeLink & { state: LinkState }> }

const nameOf = ({ issueKey, remoteKey }: MadeLink) => JSON.stringify([issueKey, remoteKey])

/** Opens the journal with what earlier runs left. A line that was cut is the last: nothing was asked after it, and it is dropped. */
export function openJournal(file: string): LinkJournal {
  const journal: LinkJournal = { file, links: new Map() }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
  for (const line of whole.split('\n').slice(0, -1)) keep(journal, JSON.parse(line))
  return journal
}

/** Records what became of links; it is on the disk when this returns. When no link is left, neither is the file. */
export function note(journal: LinkJournal, links: readonly MadeLink[], state: LinkState): void {
  const lines = links.map(({ issueKey, remoteKey }) => ({ issueKey, remoteKey, state }))
  const file = openSync(journal.file, 'a', 0o600)
  try {
    appendFileSync(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  for (const line of lines) keep(journal, line)
  if (journal.links.size === 0) rmSync(journal.file, { force: true })
}

function keep({ links }: LinkJournal, line: MadeLink & { state: LinkState }): void {
  if (line.state === 'removed') links.delete(nameOf(line))
  else links.set(nameOf(line), line)
}
