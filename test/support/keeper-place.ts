import { createHash } from 'node:crypto'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { scratchPlace } from './scratch-place.ts'

// One keeper for a user and a checkout. Not in the checkout, because a socket's path must be short.
const checkout = createHash('sha256')
  .update(import.meta.dirname)
  .digest('hex')
  .slice(0, 12)
const folder = join(scratchPlace, `tracker-links-test-${userInfo().uid}-${checkout}`)

/** Files of the keeper of the test database; database-keeper.ts says what it is. */
export const keeperPlace = {
  folder,
  lock: join(folder, 'lock'),
  socket: join(folder, 'keeper.sock'),
  postgres: join(folder, 'postgres'),
  /** A data folder as a first start leaves it, for copying: making one takes a second. */
  usedData: join(folder, 'used-data'),
  log: join(folder, 'keeper.log'),
}
