import type { ErrorCode } from 'yaml'

const quote =
  'Put a text in quotes if it has any of : # { } [ ] , & * ! | > % @ in it, as a template or a variable in braces does.'
const tag = 'Remove the word that starts with `!`.'

/**
 * Messages for a text that is not YAML. The parser's own messages are not shown, because they quote the file, which may hold
 * a token.
 */
const words: Partial<Record<ErrorCode, { rule: string; hint: string }>> = {
  ALIAS_PROPS: { rule: 'An alias (`*name`) carries a tag or an anchor', hint: 'Write the alias alone.' },
  BAD_ALIAS: { rule: 'An anchor or an alias has no valid name', hint: `Name it with letters and digits. ${quote}` },
  BAD_COLLECTION_TYPE: { rule: 'This tag is not known here', hint: tag },
  BAD_DIRECTIVE: { rule: 'A line that starts with % is not a known directive', hint: 'Remove the line.' },
  BAD_DQ_ESCAPE: {
    rule: 'A backslash in double quotes starts no known escape',
    hint: 'Write `\\\\` for a backslash, or put the text in single quotes.',
  },
  BAD_INDENT: {
    rule: 'The indentation does not match the lines around it',
    hint: 'Start all keys of one block, and all items of one list, in the same column; close every bracket.',
  },
  BAD_PROP_ORDER: { rule: 'An anchor or a tag comes before `-`, `?` or `:`', hint: 'Move it after that character.' },
  BAD_SCALAR_START: { rule: 'A text without quotes starts with a character that has a meaning in YAML', hint: quote },
  BLOCK_AS_IMPLICIT_KEY: {
    rule: 'There is a key where a value was expected',
    hint: `Start the key on a line of its own. ${quote}`,
  },
  BLOCK_IN_FLOW: {
    rule: 'A block of lines is inside { } or [ ]',
    hint: 'Write it with brackets too, or everything without brackets.',
  },
  KEY_OVER_1024_CHARS: { rule: 'A key is longer than 1,024 characters', hint: 'Close the quotes before it.' },
  MISSING_CHAR: {
    rule: 'A character is missing: a closing quote or bracket, a comma, or a colon with a space after it',
    hint: `Add it here or before. ${quote}`,
  },
  MULTILINE_IMPLICIT_KEY: {
    rule: 'A key spans several lines',
    hint: 'Put a colon and a space after the key, on the same line.',
  },
  MULTIPLE_ANCHORS: { rule: 'A value has two anchors', hint: 'Keep one of them.' },
  MULTIPLE_DOCS: {
    rule: 'A second document starts here',
    hint: 'Keep one document: remove the line `---` and what follows.',
  },
  MULTIPLE_TAGS: { rule: 'A value has two tags', hint: tag },
  NON_STRING_KEY: { rule: 'A key is not plain text', hint: quote },
  RESOURCE_EXHAUSTION: { rule: 'Brackets are nested too deeply', hint: 'Close the brackets.' },
  TAB_AS_INDENT: { rule: 'A tab is used for indentation', hint: 'Indent with spaces.' },
  TAG_RESOLVE_FAILED: { rule: 'This tag is not known here', hint: tag },
  UNEXPECTED_TOKEN: { rule: 'YAML does not allow this here', hint: quote },
}

/** The rule that is broken and the hint, for a code of the parser. */
export function syntaxFault(code: ErrorCode): { rule: string; hint: string } {
  return words[code] ?? { rule: 'This is not valid YAML', hint: quote }
}
