import { isApiKey } from '../../management-api/api-key.ts'
import { keyJson } from '../../management-api/keys/key-json.ts'
import { findApiKey, revokeApiKey } from '../../storage/keys/api-keys.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { shown, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'

export const keysRevoke: CliCommand = {
  name: 'keys revoke',
  summary: 'end the validity of an API key, at once and for good',
  arguments: [{ name: '<id>', summary: 'id of the key, as `keys list` shows it; the key itself is taken, too' }],
  options: [configOption],
  details: 'Servers that run stop taking it within 5 seconds. Revoking a key again is harmless.',
  examples: ['keys revoke 1x2y3z4a5b6c'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [text = ''] = input.arguments
    const id = isApiKey(text) ? (text.split('_')[1] ?? '') : text
    const work = async ({ prisma }: Storage) => {
      const revoked = await revokeApiKey(prisma, id)
      const key = await findApiKey(prisma, id)
      if (!key)
        throw new CommandRefusal(`No API key has the id ${shown(id, 60)}: \`tracker-links keys list\` shows them.`)
      const text = revoked ? 'is revoked; servers stop taking it within 5 seconds' : 'was revoked before'
      print(input, context, `${id} (${visible(key.name)}) ${text}.`, { ...keyJson(key), revoked })
      return 0
    }
    return withStorage(program, context, work, { change: { operation: 'keys revoke', about: { keyId: id } } })
  },
}
