// JSON numbers with all their digits. Uids and keys are 64-bit and longer; a JavaScript number keeps 53 bits.

declare global {
  interface JSON {
    // Node 22 and later have both (the proposal "JSON.parse source text access"); TypeScript's library does not name them.
    rawJSON(text: string): unknown
    parse(
      text: string,
      reviver: (this: unknown, name: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown
  }
}

/** A value that `JSON.stringify` writes as a number with every digit. */
export function exactNumber(value: bigint): unknown {
  return JSON.rawJSON(value.toString())
}
