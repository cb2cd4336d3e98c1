import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { clusterPaths } from '../../../../src/storage/database/embedded-postgres/cluster-paths.ts'
import { findBinaries } from '../../../../src/storage/database/embedded-postgres/find-binaries.ts'
import { initialiseCluster } from '../../../../src/storage/database/embedded-postgres/initialise-cluster.ts'
import { findProcessUser, giveFolderTo } from '../../../../src/storage/database/embedded-postgres/process-user.ts'
import { ensureSecret } from '../../../../src/storage/database/embedded-postgres/secret.ts'
import { dataFolder } from '../../../support/storage-process.ts'

t.test('files of an earlier start that cannot be removed do not stop this one', async t => {
  const paths = clusterPaths(join(await dataFolder(t), 'postgres'))
  mkdirSync(paths.folder, { mode: 0o700 })
  const [stuck, left] = ['cluster.new-stuck', 'cluster.new-z']
  mkdirSync(join(paths.folder, left, 'base'), { recursive: true })
  makeUnremovable(t, paths.folder, stuck)
  const binaries = await findBinaries()
  const { user } = await findProcessUser(binaries, paths.folder)
  await giveFolderTo(user, paths.folder)
  await ensureSecret(paths.secret, user)
  await initialiseCluster(binaries, paths, user, { durable: false })
  t.same(readdirSync(paths.folder).toSorted(), ['cluster', stuck, 'secret'], 'the other one was removed')
})

/** A folder whose content has paths longer than a system call takes: nobody can remove it by its path, root included. */
function makeUnremovable(t: Test, folder: string, name: string): void {
  const long = Array.from({ length: 12 }, () => 'x'.repeat(250)).join('/')
  const [upper, lower] = [join(folder, name), join(folder, 'lower')]
  mkdirSync(join(upper, long), { recursive: true })
  mkdirSync(join(lower, long), { recursive: true })
  const joint = join(upper, long, 'lower')
  renameSync(lower, joint)
  t.teardown(() => renameSync(joint, lower))
}
