import type { Storage } from '../../storage/open-storage.ts'
import type { CliCommand } from '../command.ts'
import { print } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { withStorage } from '../with-storage.ts'

export const migrateCommand: CliCommand = {
  name: 'migrate',
  summary: 'bring the database to the form that this version needs (`serve` does it too)',
  options: [configOption],
  examples: ['migrate'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const work = async (storage: Storage) => {
      const { appliedMigrations: applied, description: database } = storage
      const text = applied.length === 0 ? 'Nothing to apply' : `Applied ${applied.join(', ')}`
      print(input, context, `${text}: ${database} is current.`, { applied, database })
      return 0
    }
    return withStorage(program, context, work, { mayMake: true })
  },
}
