import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shellWord } from '../values/shell-word.ts'

/** The launcher of a checkout, whose sources run as they are; null in a published package, which is compiled. */
const launcher = import.meta.url.endsWith('.ts') ? fileURLToPath(new URL('../../tracker-links', import.meta.url)) : null

type Start = {
  /** The file that Node was told to run, as `process.argv[1]` has it: a symbolic link is not followed. */
  script: string
  /** Folders in which a shell looks for a command, as PATH names them. */
  path: string
  directory: string
}

/**
 * What a person has to type in this folder to start the same program again: `./tracker-links` in a checkout, `tracker-links` if
 * it is installed for all or runs in the image, `npx tracker-link-server` if npm put it into a folder or npx fetched it.
 */
export function calledAs({ script, path, directory }: Start, checkoutLauncher: string | null = launcher): string {
  if (checkoutLauncher !== null) return asTyped(checkoutLauncher, directory)
  // npx has put this folder into PATH for itself only. It finds the package by its own name, whether installed here or not.
  if (dirname(script).endsWith(join('node_modules', '.bin'))) return 'npx tracker-link-server'
  const isOnPath = path.split(':').includes(dirname(script))
  return isOnPath ? basename(script) : asTyped(script, directory)
}

/** A text whose commands are written `` `tracker-links …` ``, with the name that can be typed here. */
export const withCalledName = (text: string, name: string): string =>
  text.replaceAll(/`tracker-links(?=[ `])/g, () => `\`${name}`)

/** A program's path from a folder: short if it lies in it, and never a bare name, which a shell would look up in PATH. */
function asTyped(file: string, directory: string): string {
  const path = relative(directory, file)
  return shellWord(path.startsWith(`..${sep}`) ? file : `.${sep}${path}`)
}
