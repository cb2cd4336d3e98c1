import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** That a file, named from the root of the checkout, imports something; types count. */
export type Import = { file: string; specifier: string }

/** The TypeScript files of a checkout below some of its folders, without the generated Prisma client and installed packages. */
export function filesBelow(root: string, folders: readonly string[]): string[] {
  return folders
    .flatMap(folder => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .filter(file => !/(^|\/)(prisma-client|node_modules)\//.test(file))
    .toSorted()
}

export function importsOf(root: string, file: string): Import[] {
  return specifiersIn(codeOf(root, file)).map(specifier => ({ file, specifier }))
}

/** The file that a relative import names. */
export const targetOf = ({ file, specifier }: Import) => normalize(join(dirname(file), specifier))

/** Every module that a source names, types included. */
export function specifiersIn(code: string): string[] {
  return [...code.matchAll(/\b(?:from|import|require)\s*\(?\s*['"]([^'"\n]+)['"]/g)].map(
    ([, specifier]) => specifier as string,
  )
}

/** A file without its comments, which may name anything. */
export function codeOf(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
}
