import { keyJson } from '../../management-api/keys/key-json.ts'
import { listApiKeys } from '../../storage/keys/api-keys.ts'
import { withCalledName } from '../called-as.ts'
import { type CliCommand, print } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { formatTable } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'

export const keysList: CliCommand = {
  name: 'keys list',
  summary: 'list the API keys, the newest first; the keys themselves are not stored',
  options: [configOption],
  examples: ['keys list', 'keys list --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    return withStorage(program, context, async storage => {
      const keys = (await listApiKeys(storage.prisma)).map(keyJson)
      const rows = keys.map(key => [
        key.id,
        key.name,
        key.state,
        key.scopes.join(' '),
        key.applications.join(' ') || 'all',
        key.expiresAt ?? 'never',
        key.lastUsedAt ?? 'never',
      ])
      const headings = ['ID', 'NAME', 'STATE', 'SCOPES', 'APPLICATIONS', 'EXPIRES', 'LAST USED']
      const none = withCalledName('There are no API keys: `tracker-links keys create` makes one.', context.calledAs)
      print(input, context, rows.length > 0 ? formatTable(headings, rows) : none, { keys })
      return 0
    })
  },
}
