import type { KeyEncoding } from '../../storage/calls/sightings.ts'

const most = 20

/** How the characters of keys stand in an address as it came; `keys` are decoded. */
export function keyEncoding(address: string, keys: readonly string[]): KeyEncoding {
  const escaped = [...new Set(address.match(/%[0-9a-f]{2}/gi))]
  const special = new Set(keys.flatMap(key => key.match(/[^A-Za-z0-9_.~-]/gu) ?? []))
  const [path = '', query = ''] = address.split(/\?(.*)/s)
  const plain = [...special].filter(character => !isEscaped(address, character) && address.includes(character))
  const spaceAsPlus = special.has(' ') && query.includes('+') && !/%20/.test(query)
  return {
    escaped: escaped.slice(0, most),
    plain: [
      ...plain.filter(one => one <= '~'),
      ...(spaceAsPlus ? ['space as +'] : []),
      ...nonAscii(path + query),
    ].slice(0, most),
    isDouble: /%25[0-9a-f]{2}/i.test(address),
  }
}

/** Once, or twice. */
function isEscaped(address: string, character: string): boolean {
  const once = encodeURIComponent(character)
  if (once === character) return false
  const text = address.toLowerCase()
  return [once, encodeURIComponent(once)].some(form => text.includes(form.toLowerCase()))
}

const nonAscii = (address: string) => (/[^\0-~]/.test(address) ? ['characters beyond ASCII'] : [])
