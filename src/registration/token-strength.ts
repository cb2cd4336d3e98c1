/** The least that a token for Tracker needs. */
const leastCharacters = 32
export const leastBits = 128

/** What makes a token one that can be guessed, without the token; undefined if nobody can. */
export function weakness(token: string): string | undefined {
  const bits = tokenBits(token)
  if (token.length >= leastCharacters && bits >= leastBits) return undefined
  return `A token needs at least ${leastCharacters} characters and ${leastBits} bits that nobody can guess; this one has ${token.length} characters and about ${bits} bits`
}

/**
 * How many bits of a token nobody can guess: its characters times the bits of their alphabet, without every run of five or
 * more that repeats an earlier part of the token or a well-known text. An upper bound: it finds `changeme`, but not a line
 * of a poem.
 */
export function tokenBits(token: string): number {
  if (uuid.test(token)) return 122
  const text = token.slice(0, longestLooked).toLowerCase()
  let characters = 0
  for (let position = 0; position < text.length; ) {
    const known = knownStretch(text, position)
    if (known === 0) characters++
    position += Math.max(known, 1)
  }
  return Math.floor(characters * Math.log2(alphabetSize(token)))
}

const shortestStretch = 5
const longestLooked = 200
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const wellKnown = [
  '0123456789012345 9876543210987654 abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba',
  'qwertyuiopasdfghjklzxcvbnm 1q2w3e4r5t6y7u8i9o0p',
  'changeme change-me change_me password passw0rd p4ssw0rd secret token tracker yandex oauth bearer authorization',
  'default example sample admin administrator development production testing please replace insert your-token-here',
].join(' ')

/** The length of the longest well-known or repeated run that starts here; 0 if there is none. */
function knownStretch(text: string, position: number): number {
  let length = 0
  for (let next = shortestStretch; position + next <= text.length; next++) {
    const stretch = text.slice(position, position + next)
    // Up to the last character but one, so that several of one letter count as repeated.
    if (!wellKnown.includes(stretch) && !text.slice(0, position + next - 1).includes(stretch)) break
    length = next
  }
  return length
}

const alphabets: readonly [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[-_]/, 2],
  [/[^A-Za-z0-9_-]/, 30],
]

function alphabetSize(token: string): number {
  if (/^([0-9a-f]+|[0-9A-F]+)$/.test(token)) return /[a-f]/i.test(token) ? 16 : 10
  return alphabets.reduce((size, [characters, count]) => (characters.test(token) ? size + count : size), 0)
}
