import type { Application } from '../config/schema.ts'
import { openCardsOfConfig } from '../linked-objects/cards/open-cards-of-config.ts'
import type { Links } from '../links/links.ts'
import type { Queries } from '../storage/database/queries.ts'
import { linkChanger } from '../storage/links/link-changes.ts'
import type { Storage } from '../storage/open-storage.ts'
import type { CommandChange } from './audit/audited.ts'
import type { CliContext } from './command.ts'
import type { Program } from './open-program.ts'
import { quietLog } from './quiet-log.ts'
import { withStorage } from './with-storage.ts'

/** A command asks for each key once. */
const cacheBytes = 1024 * 1024

/**
 * Makes links of some applications as a server does, for the time of one command, and records `change` in the audit. Object
 * sources are opened for applications that reject unknown objects only: nothing is asked of the others.
 */
export function withLinks<T>(
  program: Program,
  context: CliContext,
  applications: readonly Application[],
  change: CommandChange | undefined,
  work: (links: Links, database: Queries) => Promise<T>,
): Promise<T> {
  const withCards = async ({ prisma }: Storage) => {
    const { publicUrl } = program.config
    const rejecting = applications.filter(({ unknownObjects }) => unknownObjects === 'reject')
    const options = { prisma, log: quietLog(context), cacheBytes }
    const { cards, close } = await openCardsOfConfig({ applications: rejecting, publicUrl }, options)
    try {
      return await work({ change: linkChanger(prisma), unknownKeys: cards.unknownKeys }, prisma)
    } finally {
      await close()
    }
  }
  return withStorage(program, context, withCards, change && { change })
}
