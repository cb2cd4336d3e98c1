import { auditRecorder } from '../../storage/audit/audit-records.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { operator } from '../links/operator.ts'

/** A change that a command makes, as its audit record names it. */
export type CommandChange = { operation: string; applicationId?: string; about?: Record<string, string> }

/** Records a change that a command made: the operator is the user of the operating system. */
export async function recordCommand(database: Queries, { about = {}, ...change }: CommandChange): Promise<void> {
  const { login } = operator() as { login?: string }
  await auditRecorder(database)({
    actorKind: 'operator',
    ...(login !== undefined && { actorLogin: login }),
    ...change,
    about,
  })
}
