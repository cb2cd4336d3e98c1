import { createRequire } from 'node:module'

/**
 * Libraries that only some configurations need, loaded when one does. Not by `import()`: a check of a configuration is
 * synchronous.
 */
const require = createRequire(import.meta.url)

/** Takes 20 ms, a fifth of the start of a command. */
export const loadJsonata = (): typeof import('jsonata') => require('jsonata')

export const loadCsvParse = (): typeof import('csv-parse/sync').parse => require('csv-parse/sync').parse
