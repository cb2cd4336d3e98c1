/** Signs in place of blanks; the others show their number. */
const signs: Readonly<Record<string, string>> = { ' ': '␣', '\t': '⇥', '\n': '⏎', '\u00a0': '⍽' }

/**
 * A key as text in which every character can be seen. A single space between others is seen as it is; one at an end or beside
 * another would not be, nor would control characters and those without a width.
 */
export function visibleKey(key: string): string {
  if (key === '') return '(empty)'
  return key
    .replaceAll(/^ +| +$| {2,}/g, run => '␣'.repeat(run.length))
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, sign => signs[sign] ?? numberOf(sign))
}

const numberOf = (sign: string) => `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
