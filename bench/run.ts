// The bench: `npm run bench -- --help`. Installs what it needs beside the server, then measures.
import { installWhatIsMissing } from './install.ts'

installWhatIsMissing()
// Only now: what these import was perhaps not there before.
const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
