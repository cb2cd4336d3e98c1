import { readFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** An answer of the management API, and the call that got it. */
export type Answered = {
  method: string
  url: string
  status: number
  headers: OutgoingHttpHeaders
  body: string
}

type Response = {
  content?: Record<string, unknown>
  headers?: Record<string, unknown>
  'x-codes'?: string[]
  $ref?: string
}
type Operation = { responses: Record<string, Response> }
type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, Response> }
}

const openapi = join(import.meta.dirname, '../../docs/openapi.json')
const stale = 'If the endpoint is right: node scripts/generate-openapi.ts'

/** Holds answers against docs/openapi.json; the function throws an Error about one that differs. */
export function answerChecker(document = JSON.parse(readFileSync(openapi, 'utf8')) as Document) {
  const validate = bodyValidator(document)
  const findOperation = operationFinder(document)

  const differenceOf = ({ method, url, status, headers, body }: Answered): string | undefined => {
    const operation = findOperation(method, url)
    if (!operation) return status < 400 ? 'docs/openapi.json has no such operation' : undefined
    const listed = operation.responses[status]
    if (!listed) return 'that status is not listed'
    const at = listed.$ref?.slice(1) ?? `${operation.pointer}/responses/${status}`
    const response = document.components.responses[at.split('/').at(-1) ?? ''] ?? listed
    const described = Object.keys(response.content ?? {})
    if (described.length === 0) return body === '' ? undefined : 'no body is described'
    const [mediaType = ''] = (headers['content-type']?.toString() ?? '').split(';')
    if (!described.includes(mediaType)) return `its type is ${mediaType || 'missing'}, not ${described.join(' or ')}`
    const texts = mediaType === 'application/x-ndjson' ? body.split('\n').filter(Boolean) : [body]
    for (const text of method === 'HEAD' ? [] : texts) {
      const value = JSON.parse(text)
      const fault = validate(`${at}/content/${escaped(mediaType)}/schema`, value)
      if (fault !== undefined) return fault
      if (response['x-codes']?.includes(value.code) === false) return `the code ${value.code} is not listed`
    }
    return undefined
  }

  return (answered: Answered): void => {
    const { method, url, status, body } = answered
    const difference = url.startsWith('/api/') ? differenceOf(answered) : undefined
    if (difference !== undefined)
      throw new Error(`${method} ${url} answered ${status}, but ${difference}. ${stale}\n${body.slice(0, 500)}`)
  }
}

/** What an address and method belong to; where several paths fit, the one with the fewest parameters. */
function operationFinder({ paths }: Document) {
  const routes = Object.keys(paths)
    .map(path => ({ path, pattern: patternOf(path) }))
    .toSorted((one, other) => one.path.split('{').length - other.path.split('{').length)
  return (method: string, url: string): (Operation & { pointer: string }) | undefined => {
    const [address = ''] = url.split('?')
    const path = routes.find(({ pattern }) => pattern.test(address))?.path ?? ''
    const name = method === 'HEAD' ? 'get' : method.toLowerCase()
    const operation = paths[path]?.[name]
    return operation && { ...operation, pointer: `/paths/${escaped(path)}/${name}` }
  }
}

/** Says how a value differs from the schema at a place of the document. */
function bodyValidator(document: Document) {
  // Objects are closed here, so that what is sent and not described is found; for a client they are open.
  const closed = closeObjects(document)
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({ $id: 'openapi', ...closed })
  const validators = new Map<string, ValidateFunction>()
  return (pointer: string, value: unknown): string | undefined => {
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#${pointer}` })
    validators.set(pointer, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'body' })
  }
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

/** A pattern of addresses: a parameter is one segment. */
function patternOf(path: string): RegExp {
  const parts = path.split(/\{[^}]+\}/).map(part => RegExp.escape(part))
  return new RegExp(`^${parts.join('[^/]+')}$`)
}

function closeObjects<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closeObjects) as T
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closeObjects(one)]))
  const isOpen = !('properties' in inner) || !('type' in inner) || 'additionalProperties' in inner
  return (isOpen ? inner : { ...inner, additionalProperties: false }) as T
}
