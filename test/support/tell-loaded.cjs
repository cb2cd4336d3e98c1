// Loaded into a program before anything else (`NODE_OPTIONS=--require`): at its end it writes what it has loaded of Node's own
// modules and of files, one a line, into the file that LOADED_FILE names.
const { writeFileSync } = require('node:fs')
const { registerHooks } = require('node:module')

const files = new Set()
registerHooks({
  resolve(name, context, next) {
    const found = next(name, context)
    files.add(found.url)
    return found
  },
})
const target = process.env.LOADED_FILE
process.once('exit', () => writeFileSync(target, [...process.moduleLoadList, ...files].join('\n')))
