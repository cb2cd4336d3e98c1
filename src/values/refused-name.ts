const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g

/** The first name that is `__proto__` or occurs twice in its object. The text must be valid JSON. */
export function refusedName(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let nameMayFollow = false
  for (const [token] of text.matchAll(tokens)) {
    const names = open.at(-1)
    if (token[0] === '"') {
      if (!nameMayFollow || !names) continue
      const name = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
      if (names.has(name) || name === '__proto__') return name
      names.add(name)
      nameMayFollow = false
    } else if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined)
      nameMayFollow = token === '{'
    } else if (token === ',') nameMayFollow = names !== undefined
    else open.pop()
  }
  return undefined
}
