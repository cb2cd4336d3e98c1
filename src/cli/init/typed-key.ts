/** A key as it was typed, or out of the address of the object's page. */
export function keyFrom(typed: string, frontUrl: string): string {
  const [before = '', after = ''] = frontUrl.split('{{remoteKey}}')
  if (before === '' || !typed.startsWith(before)) return typed
  const inside = typed.slice(before.length)
  const key = after !== '' && inside.endsWith(after) ? inside.slice(0, -after.length) : inside
  try {
    return decodeURIComponent(key.replace(/[?#].*$/s, ''))
  } catch {
    return key
  }
}
