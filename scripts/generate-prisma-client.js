// Makes the Prisma client in src/storage/prisma-client anew, after a change of prisma/schema.prisma or of Prisma's version.
// The client is kept in git, because what makes it is the whole Prisma CLI: 111 packages and 250 MB, which nobody needs to
// start the server or to test it. npx fetches it for this run only.
//   node scripts/generate-prisma-client.js [SCHEMA]
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const schema = process.argv[2] ?? 'prisma/schema.prisma'
const words = ['--yes', `prisma@${dependencies['@prisma/client']}`, 'generate', '--schema', schema]
const { status } = spawnSync('npx', words, {
  stdio: ['ignore', 'ignore', 'inherit'],
  cwd: new URL('..', import.meta.url),
  // `generate` wants a native schema engine, but does not use it: any existing executable spares the download.
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
})
process.exitCode = status ?? 1
