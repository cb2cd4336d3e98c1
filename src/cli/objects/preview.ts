import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Preview, previewObject } from '../../linked-objects/sources/preview-object.ts'
import { readJson } from '../../linked-objects/sources/read-json.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print } from '../command.ts'
import { remoteKeyOf } from '../link-keys.ts'
import { chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatPreview } from './format-preview.ts'

export const objectsPreview: CliCommand = {
  name: 'objects preview',
  summary: "ask an application's source for an object, and show the answer, each step of the mapping and the card",
  arguments: [
    { name: '<application>', summary: 'the application' },
    { name: '<key>', summary: 'key of the object' },
  ],
  options: [
    { flags: '--answer <file>', summary: 'map an answer that was saved before (JSON) instead of asking' },
    configOption,
  ],
  details: `The source is asked once, as the server would do it; neither a server nor a database is needed, and nothing is kept.
Names of headers are shown, their values never. The exit code is 1 if no card came of it.`,
  examples: [
    'objects preview gitlab group/project/-/merge_requests/7',
    'objects preview gitlab group/project/-/merge_requests/7 --answer response.json',
  ],
  run: async (input, context) => {
    const [id = '', text = ''] = input.arguments
    const program = readProgram(input, context)
    const application = chosenApplication({ ...input, options: { ...input.options, application: id } }, program)
    const { objects } = application
    if (objects.source === 'store')
      throw new CommandRefusal(`The objects of ${id} are in the store: see them with \`objects show\`.`)
    const key = remoteKeyOf(text)
    const saved = savedAnswer(input, context)
    const preview = await previewObject(application, objects, key, { publicUrl: program.config.publicUrl, saved })
    print(input, context, formatPreview(preview), { application: id, key, ...asJson(preview) })
    return preview.card ? 0 : 1
  },
}

/** The answer in the file that `--answer` names. Throws CommandRefusal. */
function savedAnswer({ options }: CommandInput, { directory }: CliContext): { answer: unknown } | undefined {
  if (typeof options.answer !== 'string') return undefined
  try {
    return { answer: readJson(readFileSync(resolve(directory, options.answer), 'utf8')) }
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error ? `it cannot be read (${String(error.code)})` : 'it is not JSON'
    throw new CommandRefusal(`--answer names no answer: ${why}.`)
  }
}

/** A preview as JSON: cards with all digits of their uids, what was not reached as null. */
const asJson = ({ steps, milliseconds, warnings, answer, mapping, card, failure }: Preview) => ({
  steps,
  milliseconds: milliseconds ?? null,
  warnings,
  answer: answer ?? null,
  mapping: mapping.map(({ field, expression, value = null, fault }) => ({
    field,
    expression,
    value,
    ...(fault && { fault }),
  })),
  card: card ? objectInfoValue(card) : null,
  failure: failure ?? null,
})
