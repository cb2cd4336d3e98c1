import { formats } from '../../config/formats.ts'
import { type Example, objectsOf, readExample } from '../../config/starter/example.ts'
import { frontUrlOf, type SystemWords, textFromExample } from '../../config/starter/starter-text.ts'
import { compileKeyPattern } from '../../linked-objects/sources/key-parts.ts'
import { applicationQuestions, type Draft, keyQuestion, wordsFrom } from './kind.ts'
import type { Answers, Question } from './questions.ts'

/** The organization in the example of Sentry. */
const sampleOrganization = 'the-interstellar-jurisdiction'

/** The questions about a system that there is an example of. */
export function systemQuestions(system: string, answers: Answers, publicUrl: string): Question[] {
  const choices = objectsOf(system)
  const objects: Question = {
    option: 'objects',
    what: 'objects',
    choices,
    isOptional: choices.length === 1,
    standard: choices[0] ?? '',
  }
  const example = exampleOf(system, answers)
  const words = systemWords(example, answers, [])
  const own = { name: example.system, path: system, frontUrl: frontUrlOf(example, words), publicUrl }
  return [
    objects,
    addressQuestion(example),
    ...(example.text.includes(sampleOrganization) ? [organizationQuestion] : []),
    ...(isJiraCloud(answers) ? [emailQuestion] : []),
    {
      option: 'token-file',
      what: `token for ${example.system}`,
      note: `Token: ${example.tokenNote}`,
      secretOf: example.variable,
    },
    ...applicationQuestions(answers, own),
    keyQuestion(`Key of an object: ${example.keyNote}`, {
      frontUrl: answers['front-url'] ?? own.frontUrl,
      isKey: key => compileKeyPattern(example.keyPattern).test(key),
    }),
  ]
}

export function systemDraft(
  system: string,
  answers: Answers,
  { tokenVariable, privateHosts }: { tokenVariable: string; privateHosts: readonly string[] },
): Draft {
  const example = exampleOf(system, answers)
  const words = wordsFrom(answers, tokenVariable)
  const token = answers['token-file'] ?? ''
  const value = isJiraCloud(answers) ? Buffer.from(`${answers.email}:${token}`).toString('base64') : token
  const comment = `Token for ${example.system}: ${example.tokenNote}`
  return {
    words,
    contents: textFromExample(example, words, systemWords(example, answers, privateHosts)),
    secrets: [{ name: example.variable, value, comment }],
  }
}

const exampleOf = (system: string, { objects }: Answers): Example =>
  readExample(`${system}-${objects ?? objectsOf(system)[0]}`)

function systemWords(example: Example, answers: Answers, privateHosts: readonly string[]): SystemWords {
  return {
    address: (answers.url ?? example.address).replace(/\/+$/, ''),
    replaced: answers.organization === undefined ? {} : { [sampleOrganization]: answers.organization },
    ...(isJiraCloud(answers) && { authorization: `Basic \${${example.variable}}` }),
    privateHosts,
  }
}

function addressQuestion({ system, address }: Example): Question {
  const isSample = /\bexample\.com$/.test(address)
  return {
    option: 'url',
    what: `address of your ${system}`,
    note: `Where your ${system} is, such as ${address}`,
    ...(!isSample && { standard: address }),
    fault: text =>
      formats.uri(text) && !/[?#{}$]/.test(text)
        ? undefined
        : { rule: 'This is not the address of a system', hint: `Write one such as ${address}.` },
  }
}

/** Jira Cloud takes an e-mail address together with the token. */
const isJiraCloud = ({ url = '' }: Answers): boolean => /^https:\/\/[^/]+\.atlassian\.net(\/|$)/i.test(url)

const emailQuestion: Question = {
  option: 'email',
  what: 'e-mail address of the account that the API token belongs to',
  fault: text =>
    /^[^\s:@]+@[^\s:]+$/.test(text)
      ? undefined
      : { rule: 'This is no e-mail address', hint: 'Write name@example.com.' },
}

const organizationQuestion: Question = {
  option: 'organization',
  what: 'organization in Sentry',
  note: 'The name of your organization as it stands in addresses of Sentry.',
  fault: text =>
    /^[\w-]+$/.test(text)
      ? undefined
      : { rule: 'This is no name of an organization', hint: 'Write it as in addresses.' },
}
