// The bench: `npm run bench -- --help`. Installs what it needs beside the server, then measures.
import { installWhatIsMissing } from './install.ts'

installWhatIsMissing()
// Imported only now: their packages may have been missing before.
const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
