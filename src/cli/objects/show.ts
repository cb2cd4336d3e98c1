import { lookAtObject, type SeenObject } from '../../linked-objects/cards/look-at-object.ts'
import { openCardsOfConfig } from '../../linked-objects/cards/open-cards-of-config.ts'
import { SourceFailure } from '../../linked-objects/object-source.ts'
import { createLogger } from '../../logging/logger.ts'
import { countLinks } from '../../storage/links/list-links.ts'
import { findObject } from '../../storage/objects/change-object.ts'
import { type FormerKey, formerKeysOf, presentKeyOf } from '../../storage/objects/object-aliases.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { type CliCommand, type CliContext, type CommandInput, print } from '../command.ts'
import { remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, type Program, readProgram } from '../open-program.ts'
import { counted, shown, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { cardAddress } from './card-address.ts'

type Application = Program['config']['applications'][number]
type Asked = { program: Program; application: Application; key: RemoteKey; links: number; former: readonly FormerKey[] }

export const objectsShow: CliCommand = {
  name: 'objects show',
  summary: 'show the card of an object as Tracker gets it, where it came from, its address, and how many links it has',
  arguments: [{ name: '<key>', summary: 'key of the object' }],
  options: [applicationOption, configOption],
  details: `
If the cards of the application come from a source (http, sql, module), a card that is old enough to be asked for anew, or that
nobody has asked for yet, is asked for now, and kept as the server keeps it. If the source gives none, the last good card is shown
with the reason.

If the object was renamed, its former keys are shown: it answers to them until Tracker has no link with them.

The exit code is 1 if there is no such object, or if only its source could say.`,
  examples: ['objects show 1234', 'objects show group/project/-/merge_requests/7 --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const application = chosenApplication(input, program)
    const key = remoteKeyOf(input.arguments[0] as string)
    return withStorage(program, context, async ({ prisma }) => {
      const links = await countLinks(prisma, application.id, { remoteKey: key })
      const former = await formerKeysOf(prisma, application.id, key)
      const asked = { program, application, key, links, former }
      const seen = await look(asked, prisma, context)
      if (seen instanceof SourceFailure || seen === undefined) {
        const renamedTo = await presentKeyOf(prisma, application.id, key)
        return tellNothing(input, context, { ...asked, renamedTo }, seen)
      }
      tellObject(input, context, asked, seen)
      return 0
    })
  },
}

/** The object, undefined if there is none, or why its source did not say. */
async function look(
  { program, application, key }: Asked,
  prisma: Storage['prisma'],
  context: CliContext,
): Promise<SeenObject | SourceFailure | undefined> {
  const { publicUrl } = program.config
  // What the log would say is told in words.
  const log = createLogger('silent', context.stderr)
  const opened = await openCardsOfConfig(
    { applications: [application], publicUrl },
    { prisma, log, cacheBytes: 65_536 },
  )
  try {
    const find = (one: RemoteKey) => findObject(prisma, application.id, one)
    return await lookAtObject({ find, application, fetchCard: opened.cards.fetchCard }, key)
  } catch (error) {
    if (error instanceof SourceFailure) return error
    throw error
  } finally {
    await opened.close()
  }
}

function tellObject(input: CommandInput, context: CliContext, asked: Asked, seen: SeenObject): void {
  const { program, application, key, links, former } = asked
  const { object, isFetched, failure } = seen
  if (failure) context.stderr.write(`The source of ${application.id} gave no card now: ${visible(failure.message)}.\n`)
  const card = objectInfoValue(object.info)
  const address = cardAddress(program.config, application, key)
  const text = JSON.stringify(card, null, 2).split('\n').map(visible)
  const lines = [
    ...text,
    `From:    ${origin(application, seen)}`,
    `Links:   ${links}`,
    `Address: ${address}`,
    ...former.map(tellFormerKey),
  ]
  print(input, context, lines.join('\n'), {
    application: application.id,
    object: card,
    origin: isFetched ? 'fetched' : 'stored',
    storedAt: formatTrackerDate(object.storedAt),
    fetchedAt: object.fetchedAt ? formatTrackerDate(object.fetchedAt) : null,
    failure: failureJson(failure),
    links,
    formerKeys: former.map(({ since, ...one }) => ({ ...one, since: formatTrackerDate(since) })),
    address,
  })
}

function tellFormerKey({ key, since, linksInTracker }: FormerKey): string {
  const left =
    linksInTracker === null
      ? 'no one knows whether Tracker has links'
      : `Tracker has ${counted(linksInTracker, 'link')}`
  return `Was:     ${shown(key, 255)}, until ${formatTrackerDate(since)}; ${left} with that key`
}

/** Where a card came from, and of when it is. */
function origin({ objects }: Application, { object: { fetchedAt, storedAt }, isFetched }: SeenObject): string {
  const at = formatTrackerDate(fetchedAt ?? storedAt)
  if (objects.source === 'store') return `the store, written at ${at}`
  if (isFetched) return `its source (${objects.source}), asked now: ${at}`
  return `the last good card of its source (${objects.source}), of ${at}`
}

/** Tells that there is no such object, or that nobody knows. Returns the exit code. */
function tellNothing(
  input: CommandInput,
  context: CliContext,
  { application: { id, objects }, key, links, renamedTo }: Asked & { renamedTo: RemoteKey | undefined },
  failure: SourceFailure | undefined,
): number {
  const linked = links > 0 ? ` (${counted(links, 'link')} to it)` : ''
  const name = shown(key, 255)
  const says = objects.source === 'store' ? '' : `: its source (${objects.source}) says so`
  context.stderr.write(
    failure
      ? `Whether ${id} has an object ${name} is not known${linked}: its source gave no answer. ${visible(failure.message)}.\n`
      : `${id} has no object ${name}${linked}${says}.\n`,
  )
  if (renamedTo !== undefined) context.stderr.write(`It was renamed to ${shown(renamedTo, 255)}.\n`)
  const told = { application: id, object: null, failure: failureJson(failure), links, renamedTo: renamedTo ?? null }
  if (input.json) print(input, context, '', told)
  return 1
}

const failureJson = (failure: SourceFailure | undefined) =>
  failure ? { reason: failure.reason, status: failure.status ?? null, message: failure.message } : null
