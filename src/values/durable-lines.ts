/** A file that is open for appending, as `FileHandle` is one. */
type Appendable = { appendFile: (text: string) => Promise<unknown>; datasync: () => Promise<unknown> }

/** Appends a line to a file; resolves once it would survive a power cut. Lines that arrive during a sync share the next one. */
export type AppendLine = (line: string) => Promise<void>

/** Lines that go into one write, and the end of that write. */
type Batch = { text: string; done: Promise<void> }

/** Once a write has failed, every later one fails too: the file does not hold what came before. */
export function durableLines(file: Appendable): AppendLine {
  let last: Promise<void> = Promise.resolve()
  let waiting: Batch | undefined
  const write = async (batch: Batch, former: Promise<void>) => {
    await former
    waiting = undefined
    await file.appendFile(batch.text)
    await file.datasync()
  }
  return line => {
    if (!waiting) {
      waiting = { text: '', done: last }
      last = write(waiting, last)
      waiting.done = last
    }
    waiting.text += `${line}\n`
    return waiting.done
  }
}
