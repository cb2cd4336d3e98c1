const placeholder = /\{\{([A-Za-z]\w*)\}\}/g

/** The names of the placeholders in a text. */
export const placeholdersOf = (text: string): string[] =>
  [...text.matchAll(placeholder)].map(([, name]) => name as string)

/** Replaces each placeholder of a text by what `fill` returns for its name. */
export const fillPlaceholders = (text: string, fill: (name: string) => string): string =>
  text.replace(placeholder, (_whole, name: string) => fill(name))
