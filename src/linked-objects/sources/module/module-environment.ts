/**
 * What the process of a module gets of our environment: where programs, temporary files and time zones are, and how to reach others.
 * What a module needs beside them is given to it by `env`.
 */
const passedOn =
  'PATH HOME USER LANG LC_ALL TZ TMPDIR NODE_ENV NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR NODE_USE_ENV_PROXY HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy'.split(
    ' ',
  )

/** The environment of a module's process. */
export function moduleEnvironment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const standard = passedOn.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(standard), ...own }
}

const mention = /\bprocess\s*\.\s*env\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*(['"])([A-Za-z_]\w*)\2\s*\])/g

/** The variables that the text of a module reads by their names, and that it is not given. */
export function missingVariables(text: string, own?: Readonly<Record<string, string>>): string[] {
  const given = moduleEnvironment(own)
  const read = new Set([...text.matchAll(mention)].map(([, dotted, , quoted]) => dotted ?? quoted ?? ''))
  return [...read].filter(name => !Object.hasOwn(given, name) && !passedOn.includes(name))
}
