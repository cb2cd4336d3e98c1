import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import packageFile from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const repair = 'run: node scripts/generate-prisma-client.js'

t.test('the Prisma client of the repository is made from the schema, by the version that is installed', async t => {
  const made = read('src/storage/prisma-client/internal/class.ts')
  const madeOf = (name: string) => JSON.parse(new RegExp(`"${name}": ("(?:[^"\\\\]|\\\\.)*")`).exec(made)?.[1] ?? '""')
  t.equal(madeOf('inlineSchema'), read('prisma/schema.prisma'), repair)
  t.equal(madeOf('clientVersion'), packageFile.dependencies['@prisma/client'], repair)
})
