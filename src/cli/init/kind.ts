import type { DotenvEntry } from '../../config/starter/dotenv-text.ts'
import { exampleSystems } from '../../config/starter/example.ts'
import type { StarterWords } from '../../config/starter/starter-text.ts'
import { parseRemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'
import type { Answers, Question } from './questions.ts'
import { faultAs } from './schema-fault.ts'
import { keyFrom } from './typed-key.ts'

/** Where the objects of the first application come from: a system with an example, or the application itself. */
export const kinds: readonly string[] = [...exampleSystems, 'http', 'sql', 'store']

/** What the owner wants, before the token that Tracker presents is made. */
export type Draft = {
  words: StarterWords
  /** The text of the file below its head. */
  contents: string
  /** What `.env` needs beside Tracker's token. */
  secrets: readonly DotenvEntry[]
}

/** The questions about the application itself. */
export function applicationQuestions(
  answers: Answers,
  standard: { name?: string; path?: string; frontUrl?: string; publicUrl: string },
): Question[] {
  const { name, frontUrl } = standard
  const path = standard.path ?? pathFrom(answers.name ?? '')
  return [
    {
      option: 'name',
      what: 'name that Tracker shows',
      isOptional: name !== undefined,
      ...(name && { standard: name }),
    },
    { option: 'path', what: 'path', isOptional: true, standard: path, fault: faultAs('path') },
    { option: 'id', what: 'id', isOptional: true, standard: answers.path ?? path, fault: faultAs('id') },
    {
      option: 'front-url',
      what: "template of an object's page",
      note: 'The page of an object, such as https://crm.example.com/deals/{{remoteKey}}',
      isOptional: frontUrl !== undefined,
      ...(frontUrl && { standard: frontUrl }),
      fault: faultAs('frontUrl'),
    },
    {
      option: 'responsible',
      what: 'address of who answers for it',
      note: 'Who answers for the application, such as crm-team@example.com; the registration in Tracker names them.',
      fault: faultAs('responsible'),
    },
    {
      option: 'public-url',
      what: 'address under which Tracker will reach this server',
      standard: standard.publicUrl,
      fault: faultAs('publicUrl'),
    },
  ]
}

/** The question for an object to look at; nothing is shown without one. `isKey` judges the form of a key. */
export const keyQuestion = (
  note: string,
  { frontUrl, isKey = () => true }: { frontUrl: string; isKey?: (key: string) => boolean },
): Question => ({
  option: 'key',
  what: 'key of an object to look at, or the address of its page',
  note,
  standard: '',
  fault: typed => {
    const key = keyFrom(typed, frontUrl)
    if (parseRemoteKey(key) === undefined) return { rule: 'This is no object key', hint: `Write ${remoteKeyRule}.` }
    return isKey(key) ? undefined : { rule: 'This is not the key of such an object', hint: note }
  },
})

/** What the answers say of the application. */
export const wordsFrom = (answers: Answers, tokenVariable: string): StarterWords => ({
  publicUrl: answers['public-url'] ?? '',
  id: answers.id ?? '',
  path: answers.path ?? '',
  name: answers.name ?? '',
  frontUrl: answers['front-url'] ?? '',
  responsible: answers.responsible ?? '',
  tokenVariable,
})

/** A name as the first segment of addresses. */
const pathFrom = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 32)
    .replace(/-+$/, '') || 'app'
