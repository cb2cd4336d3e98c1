import t from 'tap'
import { readSchema, schemaDifference } from '../../scripts/schema-difference.ts'
import { emptyDatabase } from '../support/test-database.ts'

t.test('the Prisma schema and the migrations agree', async t => {
  const { url } = await emptyDatabase(t)
  t.equal(await schemaDifference(url, await readSchema()), '', 'run: node scripts/new-migration.ts NAME')
})

t.test('a column that no migration adds is noticed', async t => {
  const { url } = await emptyDatabase(t)
  const schema = (await readSchema()).replace('model Link {', 'model Link {\n  extra Int?')
  t.match(await schemaDifference(url, schema), 'ALTER TABLE "link" ADD COLUMN')
})
