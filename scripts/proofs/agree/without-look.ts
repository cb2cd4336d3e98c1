// Loaded into a server before it starts (`--import`): the mirror of that server does not look before it repeats a request whose
// outcome it does not know. Only a proof does this, to show that it would notice.
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

const look = "if (inDoubt) return { kind: 'look' }"

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/reconciliation/mirror/protocol.ts')) return nextLoad(url, context)
    const text = readFileSync(fileURLToPath(url), 'utf8')
    if (!text.includes(look)) throw new Error('The look before a repeat is not where this control expects it.')
    const changed = text.replace(look, '')
    return { format: 'module', source: stripTypeScriptTypes(changed), shortCircuit: true }
  },
})
