// Run by tap after the last test file (`after` in .taprc): the tests' PostgreSQL ends now and not some seconds later.
import { leaveKeeper } from './test-postgres.ts'

await leaveKeeper()
