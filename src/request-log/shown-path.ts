import { hidden, isTokenLike } from './shown-headers.ts'

const mostCharacters = 200
const mostParameters = 10

/** An address as the request log keeps it: its path and the names in its query; what looks like a token is hidden. */
export function shownPath(address: string): string {
  const [path = '', query] = address.split('#', 1)[0]?.split('?', 2) ?? []
  const shown = path.split('/').map(shownPart).join('/')
  if (query === undefined) return cut(shown)
  const names = query.split('&', mostParameters).map(parameter => shownPart(parameter.split('=', 1)[0] ?? ''))
  return cut(`${shown}?${names.map(name => `${name}=…`).join('&')}`)
}

const shownPart = (part: string) => (part.split(/%..|[^\w+-]/).some(isTokenLike) ? hidden : part)

const cut = (text: string) => (text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text)
