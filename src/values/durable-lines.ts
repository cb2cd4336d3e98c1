import type { FileHandle } from 'node:fs/promises'

/** Appends a line to a file; resolves once it would survive a power cut. Lines that arrive during a sync share the next one. */
export type AppendLine = (line: string) => Promise<void>

/** Once a write has failed, every later one fails too: the file does not hold what came before. */
export function durableLines(file: FileHandle): AppendLine {
  let written: Promise<void> = Promise.resolve()
  let waiting: { text: string; done: Promise<void> } | undefined
  const write = async (batch: { text: string }, former: Promise<void>) => {
    await former
    waiting = undefined
    await file.appendFile(batch.text)
    await file.datasync()
  }
  return line => {
    if (!waiting) {
      const batch = { text: '', done: written }
      batch.done = write(batch, written)
      written = batch.done
      waiting = batch
    }
    waiting.text += `${line}\n`
    return waiting.done
  }
}
