import { open } from 'node:fs/promises'

const mostBytes = 16_384
const mostLines = 10
const longestLine = 500

/** The end of PostgreSQL's own log, from `start` on: ten lines at most. Nothing if the file cannot be read. */
export async function readLastWords(path: string, start = 0): Promise<string[]> {
  const text = await readEnd(path, start).catch(() => '')
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.slice(-mostLines).map(line => line.slice(0, longestLine))
}

async function readEnd(path: string, start: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const position = Math.max(start, size - mostBytes)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(mostBytes), position })
    const text = buffer.toString('utf8', 0, bytesRead)
    // The first line may be half of one.
    return position === start ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}
