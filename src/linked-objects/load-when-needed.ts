import { createRequire } from 'node:module'

/**
 * Libraries that only some configurations need, loaded at once when one does. A check of the configuration does not wait,
 * so it cannot `import()`.
 */
const require = createRequire(import.meta.url)

/** 20 ms, a fifth of the start of a command. */
export const loadJsonata = (): typeof import('jsonata') => require('jsonata')

export const loadCsvParse = (): typeof import('csv-parse/sync').parse => require('csv-parse/sync').parse
