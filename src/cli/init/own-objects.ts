import { formats } from '../../config/formats.ts'
import type { MappingConfig, ObjectSourceConfig } from '../../config/schema.ts'
import { literal, textOfObjects } from '../../config/starter/starter-text.ts'
import { expressionFault } from '../../linked-objects/expressions/jsonata-expression.ts'
import { applicationQuestions, type Draft, keyQuestion, wordsFrom } from './kind.ts'
import type { Answers, Question } from './questions.ts'

/** The questions about objects of an application that there is no example of: `http`, `sql` or `store`. */
export function ownQuestions(kind: string, answers: Answers, publicUrl: string): Question[] {
  const application = applicationQuestions(answers, { publicUrl })
  if (kind === 'store') return application
  const source = kind === 'sql' ? sqlQuestions(answers) : httpQuestions(answers)
  const key = keyQuestion('One object is asked for, and the mapping proposed from the answer.', {
    frontUrl: answers['front-url'] ?? '',
  })
  return [...application, ...source, key]
}

/** The questions about the mapping; `proposed` are expressions for it. */
export function mappingQuestions(proposed: MappingConfig, isAsked: boolean): Question[] {
  const [summary, status, updated] = (['summary', 'status', 'updated'] as const).map(field => proposed[field])
  const isOptional = !isAsked
  return [
    {
      option: 'summary',
      what: 'expression for the name of an object',
      note: 'JSONata (docs/objects.md), such as title or deal.name; or give --key, and it is proposed from that object.',
      ...(summary !== undefined && { standard: summary }),
      fault: expressionFault,
    },
    { option: 'status', what: 'expression for its status', isOptional, standard: status ?? '', fault: expressionFault },
    {
      option: 'updated',
      what: 'expression for its last change',
      isOptional: true,
      standard: updated ?? '',
      fault: expressionFault,
    },
  ]
}

export function ownDraft(
  kind: string,
  answers: Answers,
  { tokenVariable, privateHosts }: { tokenVariable: string; privateHosts: readonly string[] },
): Draft {
  const words = wordsFrom(answers, tokenVariable)
  const objects = objectsFrom(kind, answers)
  return { words, contents: textOfObjects(objects, words, privateHosts), secrets: secretsFrom(kind, answers) }
}

function objectsFrom(kind: string, answers: Answers): ObjectSourceConfig {
  const { summary = '$key', status, updated } = answers
  const mapping: MappingConfig = {
    summary: literal(summary),
    ...(status && { status: literal(status) }),
    ...(updated && { updated: literal(updated) }),
  }
  if (kind === 'store') return { source: 'store' }
  if (kind === 'sql')
    return {
      source: 'sql',
      databaseUrl: `\${${databaseVariable(answers)}}`,
      query: literal(answers.query ?? ''),
      mapping,
    }
  const header = answers.header ?? ''
  const value = `${/^authorization$/i.test(header) ? 'Bearer ' : ''}\${${tokenVariableOf(answers)}}`
  const headers = answers['token-file'] ? { headers: { [header]: value } } : {}
  return { source: 'http', url: literal(answers.url ?? ''), ...headers, mapping }
}

function secretsFrom(kind: string, answers: Answers): Draft['secrets'] {
  if (kind === 'sql') {
    const comment = 'The database with the objects; its user needs read access only.'
    return [{ name: databaseVariable(answers), value: answers['database-url-file'] ?? '', comment }]
  }
  const token = answers['token-file']
  return token
    ? [{ name: tokenVariableOf(answers), value: token, comment: 'What this server presents to the API.' }]
    : []
}

function httpQuestions(answers: Answers): Question[] {
  return [
    {
      option: 'url',
      what: 'address of one object in the API',
      note: 'Where the API answers with one object, as JSON: such as https://crm.example.com/api/deals/{{remoteKey}}',
      fault: text =>
        formats['source-url'](text) && text.includes('{{remoteKey}}')
          ? undefined
          : { rule: 'This is not the address of an object', hint: 'Write an address with {{remoteKey}} for the key.' },
    },
    {
      option: 'token-file',
      what: 'token for the API',
      note: 'Without a token, press Enter.',
      standard: '',
      secretOf: tokenVariableOf(answers),
    },
    { option: 'header', what: 'header that carries the token', isOptional: true, standard: 'Authorization' },
  ]
}

function sqlQuestions(answers: Answers): Question[] {
  return [
    {
      option: 'database-url-file',
      what: 'address of the database',
      note: 'postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded; it is a secret.',
      secretOf: databaseVariable(answers),
      fault: text =>
        formats['postgres-address'](text)
          ? undefined
          : {
              rule: 'This is not the address of a PostgreSQL',
              hint: 'Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE.',
            },
    },
    {
      option: 'query',
      what: 'query for one object',
      note: 'The query for one object, with $1 for its key: SELECT title, state FROM deals WHERE number = $1',
      fault: text =>
        text.includes('$1')
          ? undefined
          : { rule: 'The query does not use the key', hint: 'Write $1 where the key belongs.' },
    },
  ]
}

const tokenVariableOf = (answers: Answers) => `${variablePrefix(answers)}_API_TOKEN`
const databaseVariable = (answers: Answers) => `${variablePrefix(answers)}_DATABASE_URL`

const variablePrefix = ({ path = '' }: Answers): string =>
  path
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '_')
    .replace(/^(?=\d)/, 'APP_')
