/** Lines that come in batches, read in order. */
export type LineReader = { batches: AsyncIterator<string[]>; batch: string[]; at: number }

export const lineReader = (lines: AsyncIterable<string[]>): LineReader => ({
  batches: lines[Symbol.asyncIterator](),
  batch: [],
  at: 0,
})

/** The next line; undefined at the end. */
export async function takeLine(reader: LineReader): Promise<string | undefined> {
  await fill(reader)
  return reader.batch[reader.at++]
}

/** The rows that come next, some at a time; none if the next line is no row. */
export async function takeRows(reader: LineReader): Promise<string[]> {
  await fill(reader)
  const { batch, at } = reader
  let end = at
  while (batch[end]?.startsWith('[')) end++
  reader.at = end
  return at === 0 && end === batch.length ? batch : batch.slice(at, end)
}

async function fill(reader: LineReader): Promise<void> {
  while (reader.at >= reader.batch.length) {
    const { value, done } = await reader.batches.next()
    if (done) return
    reader.batch = value
    reader.at = 0
  }
}
