// A program that holds a storage open, for tests that kill it: opens it as its argument says, then runs one SQL statement for
// each line of standard input and answers with one line; at the end of standard input it closes the storage.
import { createInterface } from 'node:readline'
import { StorageFault } from '../../src/storage/database/storage-fault.ts'
import { type OpenStorageOptions, openStorage } from '../../src/storage/open-storage.ts'

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
const tell = (level: string) => (fields: unknown, message?: string) => say({ log: message ?? fields, level })
const log = { info: tell('info'), warn: tell('warn'), error: tell('error') }
const options = JSON.parse(process.argv[2] ?? '{}') as Omit<OpenStorageOptions, 'log'>

try {
  const storage = await openStorage({ ...options, log })
  say({ open: storage.description })
  for await (const sql of createInterface({ input: process.stdin })) {
    try {
      say({ rows: await storage.prisma.$queryRawUnsafe(sql) })
    } catch (error) {
      say({ failed: String(error) })
    }
  }
  await storage.close()
  say({ closed: true })
} catch (error) {
  if (!(error instanceof StorageFault)) throw error
  say({ fault: error.code, message: error.message })
}
