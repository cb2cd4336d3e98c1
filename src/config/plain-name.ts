/** The usual ways to join up to four words of at most 14 letters; digits only at the end. */
const styles = [
  '[a-z]{1,14}(?:[A-Z][a-z]{1,13}){0,3}',
  '[a-z]{1,14}(?:[-_.][a-z]{1,14}){0,3}',
  '[A-Z][a-z]{0,13}(?:-[A-Z][a-z]{0,13}){0,3}',
  '[A-Z]{1,14}(?:_[A-Z]{1,14}){0,3}',
]
const name = new RegExp(`^(?:${styles.join('|')})[0-9]{0,4}$`)
const unspeakable = /[bcdfghjklmnpqrstvwxz]{5}/i

/**
 * Whether a text reads as the name of a key. A secret that stands as a key, after a forgotten colon or quote, does not, and is not
 * shown; of random letters and digits fewer than one in 5,000 does.
 */
export const isPlainName = (text: string): boolean => text.length <= 32 && name.test(text) && !unspeakable.test(text)
