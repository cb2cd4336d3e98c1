// Migrates the database whose address is its first argument, in a process of its own; prints what it applied. The second
// argument, if any, holds other migrations than those of the program.
import { migrate } from '../../src/storage/database/migrations/migrate.ts'

const [databaseUrl = '', migrations] = process.argv.slice(2)
const { applied } = await migrate({
  databaseUrl,
  log: { info: () => {}, warn: () => {}, error: () => {} },
  ...(migrations !== undefined && { migrations: JSON.parse(migrations) }),
})
console.log(applied.join())
