import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'

/** Stores links in every state that the mirror shows: the remote key names it. `ago`: when the oldest of them changed. */
export async function storeMirrorRows(
  prisma: PrismaClient,
  applicationId: string,
): Promise<{ oldest: Date; next: Date }> {
  const [oldest, next] = [new Date('2026-11-01T10:00:00Z'), new Date('2099-01-01T00:00:00Z')]
  const row = (issueKey: string, remoteKey: string, more: object) => ({
    applicationId,
    issueKey,
    remoteKey,
    wanted: 'linked' as const,
    generation: 1n,
    ...more,
  })
  const due = { nextAt: next }
  const rows = [
    row('TEST-1', 'mirrored', { agreed: 'linked' }),
    row('TEST-1', 'pending', due),
    row('TEST-1', 'failed', { ...due, attempts: 3, lastError: 'tracker-away', lastErrorDetail: 'No answer.' }),
    row('TEST-1', 'unsent', {}),
    row('TEST-2', 'stopped', { ...due, changedAt: oldest }),
  ]
  const keys = [...rows, { issueKey: 'TEST-1', remoteKey: 'unknown' }]
  await prisma.linkMirror.createMany({ data: rows })
  await prisma.link.createMany({
    data: keys.map(({ issueKey, remoteKey }) => ({ applicationId, issueKey, remoteKey })),
  })
  const stop = { applicationId, reason: 'issue-locked', detail: 'Too many changes.', since: oldest, nextAt: next }
  await prisma.mirrorStop.create({ data: { ...stop, issueKey: 'TEST-2', attempts: 12 } })
  return { oldest, next }
}
