import type { UpstreamConfig } from '../../linked-objects/sources/open-upstream.ts'

/**
 * Takes what a source is asked with out of a text: values of headers, of the query and of variables, user names and passwords. An
 * answer may repeat them, and what the doctor says is handed on.
 */
export function secretsHider(objects: UpstreamConfig): (text: string) => string {
  const forms = secretsOf(objects).flatMap(formsOf)
  // The longest first: one may be a part of another.
  const secrets = [...new Set(forms)].filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length)
  return text => secrets.reduce(hide, text)
}

/** Shorter words stand in too many texts to tell anything. */
const shortest = 4
const hidden = '(hidden)'
/** Headers whose values are no secret. */
const usual = /^(accept|accept-.+|content-type|user-agent)$/i

function secretsOf(objects: UpstreamConfig): string[] {
  if (objects.source === 'module') return Object.values(objects.env ?? {})
  if (objects.source === 'sql') return ofAddress(objects.databaseUrl, [])
  const headers = Object.entries(objects.headers ?? {}).filter(([name]) => !usual.test(name))
  const query = objects.url.split('#', 1)[0]?.split('?').slice(1).join('?').split('&') ?? []
  const values = query.map(part => part.slice(part.indexOf('=') + 1)).filter(value => !value.includes('{{'))
  return [...headers.map(([, value]) => value), ...ofAddress(objects.url, values)]
}

/** The user and the password of an address, and values in its query. */
function ofAddress(address: string, values: readonly string[]): string[] {
  const authority = /^[a-z]+:\/\/([^/?#]*)@/i.exec(address)?.[1] ?? ''
  return [...authority.split(':'), ...values]
}

/** A secret as it may stand in an answer: each of its words, decoded, and inside a JSON string. */
function formsOf(secret: string): string[] {
  const words = [secret, ...secret.split(' '), decoded(secret)]
  return words.flatMap(word => [word, JSON.stringify(word).slice(1, -1)])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** Also a beginning of it, where a text was cut. */
function hide(text: string, secret: string): string {
  const rest = text.replaceAll(secret, hidden)
  if (!rest.includes('…')) return rest
  const beginnings = Array.from({ length: secret.length - shortest }, (_, index) =>
    secret.slice(0, secret.length - 1 - index),
  )
  return beginnings.reduce((left, beginning) => left.replaceAll(`${beginning}…`, `${hidden}…`), rest)
}
