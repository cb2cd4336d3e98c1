import { isPlainName } from '../plain-name.ts'
import { readAtMost } from '../read-at-most.ts'

const mostBytes = 1024 * 1024

/** An environment variable: its text, or why there is none. Messages show its name, never its text. */
export type Variable = { text: string } | { rule: string; hint: string }

/**
 * Reads NAME, or the file that NAME_FILE names (Docker and Kubernetes provide secrets as files; a line break at the end of
 * the file is not part of the secret). Empty counts as not set, since that is how Compose passes unset variables on.
 */
export function readVariable(name: string, env: NodeJS.ProcessEnv): Variable {
  const direct = env[name]
  const file = env[`${name}_FILE`]
  if (direct && file) {
    return { rule: `Both ${name} and ${name}_FILE are set`, hint: 'Set one of them and remove the other.' }
  }
  if (direct) return { text: direct }
  if (!file) {
    const state = direct === '' ? 'empty' : 'not set'
    return {
      rule: `The environment variable ${name} is ${state}`,
      hint: `Set ${name}, or ${name}_FILE to the name of a file that holds the value.`,
    }
  }
  return readVariableFile(`${name}_FILE`, file)
}

function readVariableFile(name: string, file: string): Variable {
  const hint = `Set ${name} to the name of a file that holds the value and that this program may read.`
  try {
    const bytes = readAtMost(file, mostBytes)
    if (bytes.length > mostBytes) return { rule: `The file that ${name} names is larger than 1 MiB`, hint }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
    return text === '' ? { rule: `The file that ${name} names is empty`, hint } : { text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
    return { rule: `The file that ${name} names cannot be read (${code})`, hint }
  }
}

/** A reference, an escaped one (`$${`), or an incomplete one. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g

/** Fills in every `${NAME}` of a text; `$${` stands for `${`. References in the value of a variable are not filled in. */
export function fillVariables(text: string, env: NodeJS.ProcessEnv) {
  const faults: { rule: string; hint: string }[] = []
  const filled = text.replace(reference, (whole: string, name: string | undefined) => {
    if (whole === '$${') return '${'
    if (name === undefined) {
      faults.push({
        rule: `\`$\{\` is not followed by the name of a variable and \`}\``,
        hint: `Write \`$\{NAME}\` with a name of Latin letters, digits and underscores, or \`$$\{\` for the two characters themselves.`,
      })
      return whole
    }
    if (!isVariableName(name) && env[name] === undefined && env[`${name}_FILE`] === undefined) {
      faults.push(noVariable)
      return whole
    }
    const variable = readVariable(name, env)
    if ('text' in variable) return variable.text
    faults.push(variable)
    return whole
  })
  return { text: filled, faults }
}

/** As variables are called: CRM_TOKEN, or a plain name. Anything else that is not set may be a secret between `${` and `}`. */
const isVariableName = (name: string) => /^_*[A-Z]+[0-9]{0,4}(_[A-Z]*[0-9]{0,4})*$/.test(name) || isPlainName(name)

const noVariable = {
  rule: `There is no environment variable of the name between \`$\{\` and \`}\``,
  hint: `Write \`$\{NAME}\` with the name of a variable; its value is set in the environment, and not written here.`,
}
