/** A name as SQL writes it, whatever it holds. */
export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`
