/**
 * Lets looks that ask about the same thing at once share one question: of fifty applications that stand at one public address and in
 * one organization, each would ask for it.
 */
export function askedOnce<Key extends object, Asked extends readonly unknown[], Answer>(
  ask: (key: Key, ...asked: Asked) => Promise<Answer>,
): (key: Key, ...asked: Asked) => Promise<Answer> {
  const underWay = new WeakMap<Key, Promise<Answer>>()
  return (key, ...asked) => {
    const known = underWay.get(key)
    if (known !== undefined) return known
    const answer = ask(key, ...asked).finally(() => underWay.delete(key))
    underWay.set(key, answer)
    return answer
  }
}
