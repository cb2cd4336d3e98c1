/**
 * How a key is encoded when a template is filled. How Tracker does it is not documented (contract, section 5.1).
 * `percent` is the encodeURIComponent of a browser; `form` writes a space in a query as `+`; `raw` leaves every character
 * that an address can carry.
 */
export const keyEncodings = ['percent', 'lower-hex', 'raw-slashes', 'form', 'double', 'raw'] as const
export type KeyEncoding = (typeof keyEncodings)[number]

const placeholder = /\{\{(remoteKey|issueKey)\}\}/g

/** The address that a template becomes with these keys. Throws URIError if a key contains half of a surrogate pair. */
export function fillTemplate(
  template: string,
  keys: { remoteKey?: string; issueKey?: string },
  encoding: KeyEncoding,
): string {
  const queryStart = template.indexOf('?')
  return template.replace(placeholder, (_, name: 'remoteKey' | 'issueKey', at: number) =>
    encodeKey(keys[name] ?? '', encoding, queryStart !== -1 && at > queryStart),
  )
}

function encodeKey(key: string, encoding: KeyEncoding, isInQuery: boolean): string {
  const encoded = encodeURIComponent(key)
  const forms: Record<KeyEncoding, () => string> = {
    percent: () => encoded,
    'lower-hex': () => encoded.replace(/%[0-9A-F]{2}/g, hex => hex.toLowerCase()),
    'raw-slashes': () => encoded.replaceAll('%2F', '/'),
    form: () => (isInQuery ? encoded.replaceAll('%20', '+') : encoded),
    double: () => encodeURIComponent(encoded),
    raw: () => encodeURI(key),
  }
  return forms[encoding]()
}
