/** Ways to try a pattern on a key of 255 characters: so many take a millisecond. */
const mostWays = 256 ** 2

const escaped = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|[^1-9kpPuxc])/g
const characterClass = /\[[^\]]*\]/g
const groupStart = /\(\?(?::|<(?![=!])[^>]*>)/g
const quantifier = /(?:[*+?]|\{(\d+)(,)?(\d*)\})\??/g

/**
 * Whether a pattern is quick on every key: no group in it repeats, it looks nowhere around and back, and what repeats can be cut in few
 * ways. Then a match takes at most as many tries as the choices multiplied. It says no to many patterns that are quick, too.
 */
export function isQuick(pattern: string): boolean {
  const shape = pattern.replace(escaped, 'x').replace(characterClass, 'x').replace(groupStart, '(')
  // A reference back, a look around, a group that repeats.
  if (/\\|\(\?|\)[*+{]/.test(shape)) return false
  const repeated = [...shape.matchAll(quantifier)].map(([text, least, comma, most]) => {
    if (text.startsWith('?')) return 2
    if (least === undefined || (comma && !most)) return 256
    return comma ? Number(most) - Number(least) + 1 : 1
  })
  const alternatives = 2 ** shape.split('|').length / 2
  return repeated.reduce((ways, choices) => ways * choices, alternatives) <= mostWays
}
