/** Path and query of a template; the query is undefined if there is no `?`. */
export function divideTemplate(text: string): { path: string; query: string | undefined } {
  const mark = text.indexOf('?')
  return mark < 0 ? { path: text, query: undefined } : { path: text.slice(0, mark), query: text.slice(mark + 1) }
}

/** The parameters of a template's query; undefined if a key stands outside of a value (`?{{remoteKey}}`). */
export function divideQuery(query: string): { name: string; value: string }[] | undefined {
  const parameters = query
    .split('&')
    .filter(part => part !== '')
    .map(part => {
      const equals = part.indexOf('=')
      return equals < 0 ? { name: part, value: '' } : { name: part.slice(0, equals), value: part.slice(equals + 1) }
    })
  return parameters.some(({ name }) => name.includes('{{')) ? undefined : parameters
}
