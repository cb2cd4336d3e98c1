/** An address that may stand in a page: http or https, never `javascript:` or the like. Undefined for any other text. */
export function webAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined
}
