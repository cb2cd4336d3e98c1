// Loaded into `tracker-links reconcile` before it starts (`--import`): it compares the two sides without what they last agreed on.
// Only a proof does this, to show that it would notice.
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

const threeWay = 'export function compareSides({ here, inTracker, base }: BothSides): Difference {'
const twoWay = 'export function compareSides({ here, inTracker }: BothSides, base?: Side): Difference {'

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/reconciliation/difference.ts')) return nextLoad(url, context)
    const text = readFileSync(fileURLToPath(url), 'utf8')
    if (!text.includes(threeWay)) throw new Error('The comparison is not where this control expects it.')
    return { format: 'module', source: stripTypeScriptTypes(text.replace(threeWay, twoWay)), shortCircuit: true }
  },
})
